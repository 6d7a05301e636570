// Keeps a saved page alive without Python: native controls move an engine, which moves figures and texts.
import { Engine, Place, isMove, placeOf, unpack, valueAt } from "./connect.mjs";
import { setAttribute, setHidden, setText } from "./elements.mjs";
import { formatValue } from "./formats.mjs";
import { hearGestures } from "./gestures.mjs";
import { away, reset } from "./homes.mjs";
import { AddressBar } from "./address_bar.mjs";
import { addressOf, differences, sharedAddress, stateIn } from "./page_address.mjs";
import { Lesson, standsAt } from "./page_lesson.mjs";
import { Tools } from "./page_tools.mjs";
import { parseQuantity } from "./quantities.mjs";
import { KEYS, STEPS, Speaker } from "./reach.mjs";
import { writeTexts } from "./texts.mjs";
import { recolour } from "./update.mjs";

const NARROW = 760; // px: below this one chart is shown at a time
const NEAR = "200px"; // charts this close to the window are kept up to date

const registry = (globalThis.__scalewidgets__ ??= { bokeh: {}, hosts: {}, documents: [] });
registry.engines ??= [];

function partOf(root, name) {
  return JSON.parse(root.querySelector(`script[data-part="${name}"]`).textContent);
}

async function inflate(text) {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

/** BokehJS of a version: that of the document, or the one an embedded explorer brought along. */
function loadBokeh(version) {
  registry.bokeh[version] ??= (async () => {
    const carried = document.querySelector(`script[data-scalewidgets-bokeh="${version}"]`);
    if (carried == null && globalThis.Bokeh?.version === version) return globalThis.Bokeh;
    if (carried == null) throw new Error("the scripts that came with the first explorer of this document are gone");
    const text = new TextDecoder().decode(await inflate(carried.textContent));
    // on a host of its own, so that BokehJS of another version in this window stays what it was
    const host = (registry.hosts[version] = {});
    const script = document.createElement("script");
    const place = `globalThis.__scalewidgets__.hosts[${JSON.stringify(version)}]`;
    script.textContent = `(function (define, module, exports, require) {\n${text}\n}).call(${place});`;
    document.head.append(script);
    script.remove();
    return host.Bokeh;
  })();
  return registry.bokeh[version];
}

/** An engine that knows some states whole, as Python computed them with bands that the page has no draws for. */
class SavedEngine extends Engine {
  constructor({ whole = [], ...bundle }) {
    super(bundle);
    this.kept = whole.map(({ state, set, outputs }) => {
      return { state, set, program: { outputs: Object.keys(outputs), output: (path) => outputs[path] } };
    });
  }

  compute() {
    if (!super.compute()) return false;
    this.found = this.pinnedState == null ? this.kept.find(({ state }) => standsAt(this, state)) : null;
    if (this.found != null) {
      const { set, program } = this.found;
      this.outputs.set(program, new Set(program.outputs));
      Object.assign(this, { set, program });
    }
    return true;
  }
}

class Page {
  constructor(root, bundle, settings) {
    Object.assign(this, { root, settings });
    this.engine = new SavedEngine(bundle);
    this.first = this.engine.whole;
    this.address = new AddressBar("hash", () => addressOf(this.engine, this.first));
    this.slots = {};
    for (const slot of root.querySelectorAll("[data-slot]")) this.slots[slot.dataset.slot] = slot;
    this.speaker = new Speaker(root.querySelector(".sw-speaker"));
    this.controls = new Map();
    for (const element of root.querySelectorAll("[data-control]")) {
      const parts = { element };
      for (const part of element.querySelectorAll("[data-role]")) parts[part.dataset.role] = part;
      this.controls.set(element.dataset.control, parts);
    }
    this.figures = [];
  }

  async start(items, maps) {
    const { engine, root } = this;
    registry.engines.push(engine);
    engine.words.add(() => writeTexts(engine, this.slots));
    engine.followers.add((_, known) => this.follow(known));
    engine.tell = () => this.writeFragment();
    this.readFragment();
    this.arrange();
    this.dress();
    // numbers first: the charts are then drawn once, with what they show
    engine.flush({ quiet: true });
    const Bokeh = await loadBokeh(this.settings.bokeh);
    const seen = new IntersectionObserver((entries) => this.look(entries), { rootMargin: NEAR });
    // those in the window first, each live as soon as it stands: nobody need wait for those further down
    const inWindow = (key) => this.elementOf(key).getBoundingClientRect().top < innerHeight;
    for (const key of Object.keys(items).sort((a, b) => inWindow(b) - inWindow(a))) {
      const figure = await this.mount(Bokeh, key, items[key], maps[key]);
      if (this.figures.length === 1) this.begin();
      // of what moved while it was drawn
      this.update(figure);
      figure.element.dataset.drawn = "yes";
      seen.observe(figure.element);
      if (this.figures.length === 1) performance.mark("scalewidgets-first-chart");
      await new Promise((resolve) => setTimeout(resolve));
    }
    root.dataset.live = "yes";
  }

  elementOf(key) {
    return this.root.querySelector(`[data-figure="${CSS.escape(key)}"]`);
  }

  async mount(Bokeh, key, item, map) {
    const element = this.elementOf(key);
    let views = [];
    const document = Bokeh.require("document").Document.from_json(item.doc);
    const place = new Place(this.engine, document, { [key]: map }, (model) => views.find((view) => view.model === model));
    recolour(document, this.settings.palette, this.dark);
    if (this.engine.set != null) place.write();
    const manager = await Bokeh.embed.add_document_standalone(document, element, [element]);
    views = [...manager.roots];
    views.forEach(hearGestures);
    const figure = { key, element, document, views, place, seen: true };
    this.figures.push(figure);
    registry.documents.push({ slot: key, document, views, element });
    return figure;
  }

  /** Come alive: with the first chart, before the others are there. */
  begin() {
    const { engine, root, settings } = this;
    const go = (state) => this.go(state);
    this.lesson = new Lesson(root, engine, settings, go);
    this.tools = new Tools(root, engine, {
      presets: settings.presets,
      go,
      figures: () => new Map(this.figures.map(({ key, views }) => [key, views[0]])),
      light: (work) => this.inLight(work),
      address: () => this.shared(),
      keys: settings.fragment ? document : root,
    });
    this.listen();
    this.lesson.follow();
    this.compareWithShared();
  }

  /** Go to a state of the author's; what is pinned stays. */
  go({ pinned, ...state }) {
    this.engine.take({ state });
    this.engine.flush();
    this.engine.tellSoon(true);
  }

  /** Follow with the charts that are in the window, or near it. */
  look(entries) {
    for (const { target, isIntersecting } of entries) {
      const figure = this.figures.find(({ element }) => element === target);
      figure.seen = isIntersecting;
      figure.place.show(figure.key, isIntersecting);
      if (isIntersecting) this.update(figure);
    }
  }

  update({ place }) {
    if (this.engine.set == null) return;
    place.write();
    place.paint();
  }

  listen() {
    for (const [name, parts] of this.controls) {
      const control = this.engine.controls.get(name);
      const { text, slider, toggle, select } = parts;
      select?.addEventListener("change", () => this.engine.move({ [name]: select.value }, { settled: true }));
      toggle?.addEventListener("change", () => {
        this.engine.move({ [name]: toggle.checked ? valueAt(control, slider.valueAsNumber) : null }, { settled: true });
      });
      text?.addEventListener("change", () => this.type(control, parts));
      slider?.addEventListener("input", () => this.drag(control, slider));
      slider?.addEventListener("change", () => this.engine.tellSoon(true));
      slider?.addEventListener("keydown", (event) => {
        if (!event.shiftKey || !(event.key in KEYS)) return;
        event.preventDefault();
        slider.valueAsNumber += STEPS * KEYS[event.key] * control.step;
        this.drag(control, slider);
      });
    }
    for (const [name, { element, text, select, reset: button }] of this.controls) {
      if (button == null) continue;
      button.addEventListener("click", () => this.reset([name], text ?? select));
      element.querySelector("label:has([data-role=text], [data-role=select])").addEventListener("dblclick", ({ target }) => {
        if (target.localName === "label") this.reset([name]);
      });
    }
    for (const button of this.root.querySelectorAll("[data-reset-group]")) {
      const group = button.closest("details");
      button.addEventListener("click", () => this.reset(this.namesIn(group), group.querySelector("summary")));
    }
    for (const chip of this.root.querySelectorAll("[data-chip]")) {
      chip.addEventListener("click", () => {
        this.chosen = chip.dataset.chip;
        this.arrange();
      });
    }
    this.root.querySelector("[data-theme]")?.addEventListener("click", () => {
      this.dark = !this.dark;
      this.dress(this.dark);
    });
    this.root.querySelector("[data-drawer]")?.addEventListener("click", ({ target }) => {
      target.setAttribute("aria-expanded", String(this.root.classList.toggle("sw-open")));
    });
    this.root.querySelector("[data-back]")?.addEventListener("click", () => this.go(this.first));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.dress());
    addEventListener("beforeprint", () => this.print());
    addEventListener("afterprint", () => this.printed());
    addEventListener("resize", () => this.arrange());
    if (this.settings.fragment) {
      addEventListener("hashchange", () => {
        this.readFragment();
        this.engine.flush();
        this.compareWithShared();
      });
    }
  }

  /** The controls of a group that can be reset. */
  namesIn(group) {
    return [...group.querySelectorAll("[data-control]:not([data-locked])")].map((element) => element.dataset.control);
  }

  /** Take controls back to where the page was saved; the button is gone then, so another element is given the focus. */
  reset(names, focused) {
    reset(this.engine, names);
    for (const name of names) this.refuse(this.controls.get(name), "");
    focused?.focus();
  }

  drag(control, slider) {
    const value = valueAt(control, slider.valueAsNumber);
    if (isMove(control, value, this.engine.state[control.name])) this.engine.move({ [control.name]: value });
  }

  /** Take a typed value; a bad one leaves the old one in force and says why. */
  type(control, parts) {
    let reason = "";
    try {
      this.engine.move({ [control.name]: this.parsed(control, parts.text.value) }, { settled: true });
    } catch (problem) {
      reason = problem.message;
      this.writeControl(control, parts);
    }
    this.refuse(parts, reason);
  }

  refuse({ error }, reason) {
    if (error == null) return;
    error.textContent = reason;
    error.hidden = reason === "";
  }

  parsed(control, text) {
    if (control.optional && /^(off)?$/i.test(text.trim())) return null;
    const [low, high] = control.bounds;
    // a quantity has no sign, a coefficient may have one
    const [, sign, rest] = /^\s*([-−]?)(.*)$/s.exec(text);
    const below = sign !== "" && low < 0;
    const quantity = control.unit === "bits" ? rest.replace(/(?<=\d)[\s-]*bits?\s*$/i, "") : rest;
    const words = `${control.label} (${control.name})`;
    const value = (below ? -1 : 1) * parseQuantity(below ? quantity : sign + quantity, words, this.settings.units, control.expected);
    if (value < (low ?? -Infinity) || value > (high ?? Infinity)) {
      throw new Error(`${words} = ${value} is outside ${low ?? "−∞"} to ${high ?? "∞"}`);
    }
    return value;
  }

  follow(known) {
    // what was painted last belongs to another state, and must not pass for this one
    this.root.classList.toggle("sw-lost", !known);
    setText(this.root.querySelector("[data-problem]"), known ? "" : this.whyLost());
    this.lesson?.follow();
    const unbanded = this.root.querySelector("[data-unbanded]");
    setHidden(unbanded, !known || this.engine.found != null);
    const then = this.root.querySelector("[data-then]");
    if (then && this.compared !== this.stateText()) setText(then, "");
    if (known) this.speaker.soon(() => [this.slots.cards]);
    for (const [name, parts] of this.controls) this.writeControl(this.engine.controls.get(name), parts);
    for (const button of this.root.querySelectorAll("[data-reset-group]")) {
      setHidden(button, away(this.engine, this.namesIn(button.closest("details"))).length === 0);
    }
  }

  whyLost() {
    const reason = this.settings.reasons[this.engine.key()];
    if (reason == null) return "This page does not hold this combination of choices; choose another one, or ask Python.";
    return `This combination of choices is not in this page: ${reason}. Choose another one, or ask Python.`;
  }

  writeControl(control, { element, text, slider, toggle, select, reset: button }) {
    const now = this.engine.state[control.name];
    setHidden(button, away(this.engine, [control.name]).length === 0);
    if (select) {
      select.value = now;
      return;
    }
    const shown = now == null ? "off" : formatValue(now, control.format);
    if (text.value !== shown) text.value = shown;
    text.disabled = slider.disabled = now == null || "locked" in element.dataset;
    if (toggle) toggle.checked = now != null;
    setAttribute(slider, "aria-valuetext", shown);
    if (now != null && Math.abs(placeOf(control, now) - slider.valueAsNumber) > 0.51 * control.step) {
      slider.valueAsNumber = placeOf(control, now);
    }
  }

  /** Show one chart where there is room for one only, and the controls in a closed list. */
  arrange() {
    const narrow = this.root.clientWidth < NARROW;
    this.chosen ??= this.root.querySelector("[data-figure]").dataset.figure;
    for (const element of this.root.querySelectorAll("[data-figure]")) {
      element.hidden = narrow && element.dataset.figure !== this.chosen;
    }
    for (const chip of this.root.querySelectorAll("[data-chip]")) {
      chip.setAttribute("aria-pressed", String(chip.dataset.chip === this.chosen));
    }
    if (this.narrow !== narrow) {
      this.narrow = narrow;
      const groups = [...this.root.querySelectorAll(".sw-group")];
      for (const group of groups) group.open = !narrow || group === groups[0];
    }
  }

  /** Paper shows every chart, in light colours. */
  print() {
    this.dress(false, true);
    for (const figure of this.figures) {
      figure.place.show(figure.key, true);
      this.update(figure);
    }
  }

  printed() {
    this.dress(this.dark);
    for (const { key, place, seen } of this.figures) place.show(key, seen);
  }

  async inLight(work) {
    const { palette } = this.settings;
    for (const figure of this.figures) recolour(figure.document, palette, false);
    try {
      return await work();
    } finally {
      for (const figure of this.figures) recolour(figure.document, palette, this.dark);
    }
  }

  dress(dark = matchMedia("(prefers-color-scheme: dark)").matches, passing = false) {
    if (!passing) this.dark = dark;
    this.root.classList.toggle("sw-dark", dark);
    if (this.settings.fragment) document.documentElement.classList.toggle("sw-dark", dark);
    for (const figure of this.figures) recolour(figure.document, this.settings.palette, dark);
    const button = this.root.querySelector("[data-theme]");
    if (button) button.textContent = dark ? "Light" : "Dark";
  }

  /** The address carries what differs from the state the page was saved in. */
  writeFragment() {
    if (this.settings.fragment) this.address.soon();
  }

  readFragment() {
    if (!this.settings.fragment) return;
    const parse = (control, text) => this.parsed(control, text);
    const state = stateIn(location.hash.slice(1), this.engine, this.first, this.settings.free, parse);
    this.engine.take({ state });
  }

  shared() {
    this.address.write(sharedAddress(this.engine, this.first, this.settings.version));
    return location.href;
  }

  /** Say where a shared address gave other numbers when it was shared. */
  compareWithShared() {
    const then = this.root.querySelector("[data-then]");
    if (!this.settings.fragment || then == null) return;
    const labelOf = (name) => this.slots.cards.querySelector(`[data-card="${CSS.escape(name)}"] .sw-card-name`)?.textContent ?? name;
    this.compared = this.stateText();
    then.textContent = differences(location.hash.slice(1), this.engine, this.settings.version, labelOf);
  }

  stateText() {
    return JSON.stringify(this.engine.state);
  }
}

async function open(root) {
  root.dataset.live = "soon";
  try {
    const bundle = unpack(await inflate(root.querySelector('script[data-part="bundle"]').textContent));
    const page = new Page(root, bundle, partOf(root, "settings"));
    await page.start(partOf(root, "figures"), partOf(root, "maps"));
  } catch (error) {
    root.querySelector("[data-problem]").textContent = `This page can't come alive here: ${error.message}`;
    throw error;
  }
}

/** Put the live explorer in the place of its picture (scalewidgets/faces/embed.py); the picture stays if it can't live. */
async function unwrap(place) {
  place.dataset.opened = "yes";
  const live = document.createElement("div");
  try {
    live.innerHTML = new TextDecoder().decode(await inflate(place.querySelector("script[data-page]").textContent));
    place.append(live);
    await open(live.querySelector("[data-scalewidgets]"));
    place.querySelector(".sw-still").remove();
  } catch (error) {
    live.remove();
    console.warn(`scalewidgets: a picture stays, since ${error.message}`);
  }
}

registry.open = () => {
  for (const place of document.querySelectorAll("[data-scalewidgets-embed]:not([data-opened])")) unwrap(place);
  for (const root of document.querySelectorAll("[data-scalewidgets]:not([data-live])")) open(root);
};
registry.open();
