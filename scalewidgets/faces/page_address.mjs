// The address of a saved page: what differs from the state it was saved in, what is pinned, and what a shared one gave.
import { formatValue } from "./formats.mjs";

// With a dot in them, so that no control is called the same.
const VERSION = "sw.version";
const GAVE = "sw.gave.";
const PINNED = "sw.pinned.";
// Numbers of another machine may differ by rounding.
const SAME = 1e-6;

function changed(state, first, prefix = "") {
  return Object.entries(state)
    .filter(([name, value]) => value !== first[name])
    .map(([name, value]) => [prefix + name, String(value ?? "off")]);
}

/** The fragment of an engine's state; `first` is the whole state that the page was saved in. */
export function addressOf(engine, first) {
  const found = changed(engine.state, first);
  const pinned = engine.pinnedState;
  if (JSON.stringify(pinned ?? null) !== JSON.stringify(first.pinned ?? null)) {
    found.push([PINNED, pinned == null ? "no" : "yes"], ...changed(pinned ?? {}, first, PINNED));
  }
  return new URLSearchParams(found);
}

/** The fragment to pass on: with the version of the library and the headline numbers. */
export function sharedAddress(engine, first, version) {
  const found = addressOf(engine, first);
  found.set(VERSION, version);
  for (const [name, , , when] of engine.set.cards) {
    const value = engine.read(`cards/${name}/value`);
    if ((when === "" || engine.read(when) > 0) && Number.isFinite(value)) found.set(GAVE + name, value.toPrecision(9));
  }
  return found;
}

/** The state that a fragment means; `parse(control, text)` reads a number, what can't be read stays as it was saved. */
export function stateIn(fragment, engine, first, free, parse) {
  const given = new URLSearchParams(fragment);
  const { pinned, ...saved } = first;
  const read = (prefix) => {
    const state = { ...saved };
    for (const control of engine.controls.values()) {
      const text = given.get(prefix + control.name);
      if (text == null || !free.includes(control.name)) continue;
      if (control.kind === "choice") {
        if (control.options.some(([key]) => key === text)) state[control.name] = text;
        continue;
      }
      try {
        state[control.name] = parse(control, text);
      } catch {
        // an address that can't be read leaves the state that was saved
      }
    }
    return state;
  };
  if (!engine.pins) return read("");
  const asked = given.get(PINNED);
  return { ...read(""), pinned: asked === "yes" ? read(PINNED) : asked === "no" ? null : pinned };
}

/** Say where the numbers of a shared fragment are others here; empty where none are. `labelOf(name)` names a card. */
export function differences(fragment, engine, version, labelOf) {
  const given = new URLSearchParams(fragment);
  const found = [];
  for (const [name, format] of engine.set?.cards ?? []) {
    const before = Number(given.get(GAVE + name) ?? NaN);
    const now = engine.read(`cards/${name}/value`);
    if (!Number.isFinite(before) || Math.abs(now - before) <= SAME * Math.abs(before)) continue;
    found.push(`${labelOf(name)} ${formatValue(before, format)}, now ${formatValue(now, format)}`);
  }
  if (found.length === 0) return "";
  return `This address was shared from scalewidgets ${given.get(VERSION)} and gave: ${found.join("; ")} (scalewidgets ${version}).`;
}
