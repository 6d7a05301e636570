// Keeps a saved page alive without Python: native controls move an engine, which moves figures and texts.
import { Engine, Place, isMove, placeOf, unpack, valueAt } from "./connect.mjs";
import { formatValue } from "./formats.mjs";
import { parseQuantity } from "./quantities.mjs";
import { writeTexts } from "./texts.mjs";
import { recolour } from "./update.mjs";

const NARROW = 760; // px: below this one chart is shown at a time
const SPEAK_AFTER = 900; // ms of rest before a screen reader is told the new numbers
const KEYS = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 };

const registry = (globalThis.__scalewidgets__ ??= { bokeh: {}, hosts: {}, documents: [] });
registry.engines ??= [];

function partOf(root, name) {
  return JSON.parse(root.querySelector(`script[data-part="${name}"]`).textContent);
}

async function inflate(text) {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

class Page {
  constructor(root, bundle, settings) {
    Object.assign(this, { root, settings });
    this.engine = new Engine(bundle);
    this.first = { ...this.engine.state };
    this.slots = {};
    for (const slot of root.querySelectorAll("[data-slot]")) this.slots[slot.dataset.slot] = slot;
    this.controls = new Map();
    for (const element of root.querySelectorAll("[data-control]")) {
      const parts = { element };
      for (const part of element.querySelectorAll("[data-role]")) parts[part.dataset.role] = part;
      this.controls.set(element.dataset.control, parts);
    }
    this.figures = [];
  }

  async start(items, maps) {
    const { engine } = this;
    registry.engines.push(engine);
    for (const [key, item] of Object.entries(items)) {
      const element = this.root.querySelector(`[data-figure="${CSS.escape(key)}"]`);
      const manager = await globalThis.Bokeh.embed.embed_item(item, element);
      const views = [...manager.roots];
      const { document } = views[0].model;
      const viewOf = (model) => views.find((view) => view.model === model);
      this.figures.push({ key, element, document, place: new Place(engine, document, { [key]: maps[key] }, viewOf) });
      registry.documents.push({ slot: key, document, views, element });
    }
    engine.followers.add((_, known) => this.follow(known));
    engine.tell = () => this.writeFragment();
    this.listen();
    this.readFragment();
    this.dress();
    this.arrange();
    engine.flush({ quiet: true });
    this.root.dataset.live = "yes";
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
        slider.valueAsNumber += 10 * KEYS[event.key] * control.step;
        this.drag(control, slider);
      });
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
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.dress());
    addEventListener("beforeprint", () => this.dress(false, true));
    addEventListener("afterprint", () => this.dress(this.dark));
    addEventListener("resize", () => this.arrange());
    if (this.settings.fragment) {
      addEventListener("hashchange", () => {
        this.readFragment();
        this.engine.flush();
      });
    }
  }

  drag(control, slider) {
    const value = valueAt(control, slider.valueAsNumber);
    if (isMove(control, value, this.engine.state[control.name])) this.engine.move({ [control.name]: value });
  }

  /** Take a typed value; a bad one leaves the old one in force and says why. */
  type(control, { text, error }) {
    let reason = "";
    try {
      this.engine.move({ [control.name]: this.parsed(control, text.value) }, { settled: true });
    } catch (problem) {
      reason = problem.message;
      this.follow(false);
    }
    error.textContent = reason;
    error.hidden = reason === "";
  }

  parsed(control, text) {
    if (control.optional && /^(off)?$/i.test(text.trim())) return null;
    const value = parseQuantity(text, control.name, this.settings.units);
    const [low, high] = control.bounds;
    if (value < (low ?? -Infinity) || value > (high ?? Infinity)) {
      throw new Error(`${control.name} = ${value} is outside ${low ?? "−∞"} to ${high ?? "∞"}`);
    }
    return value;
  }

  follow(known) {
    if (known) {
      writeTexts(this.engine, this.slots);
      clearTimeout(this.speech);
      this.speech = setTimeout(() => this.speak(), SPEAK_AFTER);
    }
    for (const [name, parts] of this.controls) this.writeControl(this.engine.controls.get(name), parts);
  }

  speak() {
    const said = this.slots.cards.innerText.replace(/\s+/g, " ").trim();
    // what stands there when the page opens is read as part of the page
    if (this.said != null && this.said !== said) this.root.querySelector(".sw-speaker").textContent = said;
    this.said = said;
  }

  writeControl(control, { text, slider, toggle, select }) {
    const now = this.engine.state[control.name];
    if (select) {
      select.value = now;
      return;
    }
    const shown = now == null ? "off" : formatValue(now, control.format);
    if (text.value !== shown) text.value = shown;
    text.disabled = slider.disabled = now == null;
    if (toggle) toggle.checked = now != null;
    slider.setAttribute("aria-valuetext", shown);
    if (now != null && Math.abs(placeOf(control, now) - slider.valueAsNumber) > 0.51 * control.step) {
      slider.valueAsNumber = placeOf(control, now);
    }
  }

  /** Show one chart where there is room for one only. */
  arrange() {
    const narrow = this.root.clientWidth < NARROW;
    this.chosen ??= this.figures[0].key;
    for (const { key, element, place } of this.figures) {
      element.hidden = narrow && key !== this.chosen;
      place.show(key, !element.hidden);
      if (!element.hidden && this.engine.set != null) place.write();
    }
    for (const chip of this.root.querySelectorAll("[data-chip]")) {
      chip.setAttribute("aria-pressed", String(chip.dataset.chip === this.chosen));
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
    if (!this.settings.fragment) return;
    const found = new URLSearchParams();
    for (const [name, value] of Object.entries(this.engine.state)) {
      if (value !== this.first[name]) found.set(name, value ?? "off");
    }
    history.replaceState(null, "", `#${found}`);
  }

  readFragment() {
    if (!this.settings.fragment) return;
    const given = new URLSearchParams(location.hash.slice(1));
    const state = { ...this.first };
    for (const control of this.engine.controls.values()) {
      const text = given.get(control.name);
      if (text == null) continue;
      if (control.kind === "choice") {
        if (control.options.some(([key]) => key === text)) state[control.name] = text;
        continue;
      }
      try {
        state[control.name] = this.parsed(control, text);
      } catch {
        // an address that can't be read leaves the state that was saved
      }
    }
    this.engine.take({ state });
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

for (const root of document.querySelectorAll("[data-scalewidgets]:not([data-live])")) open(root);
