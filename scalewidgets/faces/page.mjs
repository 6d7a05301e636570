// Keeps a saved page alive without Python: native controls move an engine, which moves figures and texts.
import { Engine, Place, isMove, placeOf, unpack, valueAt } from "./connect.mjs";
import { formatValue } from "./formats.mjs";
import { parseQuantity } from "./quantities.mjs";
import { KEYS, STEPS, Speaker } from "./reach.mjs";
import { writeTexts } from "./texts.mjs";
import { recolour } from "./update.mjs";

const NARROW = 760; // px: below this one chart is shown at a time
const WALK = { ArrowRight: 1, PageDown: 1, ArrowLeft: -1, PageUp: -1 }; // those of a presenter's remote too

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

class Page {
  constructor(root, bundle, settings) {
    Object.assign(this, { root, settings });
    this.engine = new Engine(bundle);
    this.first = { ...this.engine.state };
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
    const { engine } = this;
    registry.engines.push(engine);
    engine.followers.add((_, known) => this.follow(known));
    engine.tell = () => this.writeFragment();
    this.readFragment();
    const Bokeh = await loadBokeh(this.settings.bokeh);
    // each chart is live as soon as it stands: a reader need not wait for those further down
    for (const [key, item] of Object.entries(items)) {
      await this.mount(Bokeh, key, item, maps[key]);
      if (this.figures.length === 1) this.listen();
      this.dress(this.dark);
      engine.flush({ quiet: true });
      await new Promise((resolve) => setTimeout(resolve));
    }
    this.arrange();
    this.root.dataset.live = "yes";
  }

  async mount(Bokeh, key, item, map) {
    const element = this.root.querySelector(`[data-figure="${CSS.escape(key)}"]`);
    const manager = await Bokeh.embed.embed_item(item, element);
    const views = [...manager.roots];
    const { document } = views[0].model;
    const viewOf = (model) => views.find((view) => view.model === model);
    this.figures.push({ key, element, document, place: new Place(this.engine, document, { [key]: map }, viewOf) });
    registry.documents.push({ slot: key, document, views, element });
    if (this.figures.length === 1) performance.mark("scalewidgets-first-chart");
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
    this.listenToAuthor();
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

  /** Steps and questions. */
  listenToAuthor() {
    const { steps } = this.settings;
    for (const button of this.root.querySelectorAll("[data-walk]")) {
      button.addEventListener("click", () => this.walk(Number(button.dataset.walk)));
    }
    const picker = this.root.querySelector("[data-step]");
    picker?.addEventListener("change", () => this.go(Number(picker.value)));
    if (steps.length > 0) {
      document.addEventListener("keydown", (event) => {
        const busy = event.target.closest?.("input, select, textarea, [contenteditable]");
        const owner = event.target.closest?.("[data-scalewidgets]") ?? document.querySelector("[data-scalewidgets]");
        if (busy || owner !== this.root || event.altKey || event.ctrlKey || event.metaKey || !(event.key in WALK)) return;
        event.preventDefault();
        this.walk(WALK[event.key]);
      });
    }
    for (const form of this.root.querySelectorAll("[data-question]")) {
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        this.reveal(form);
      });
    }
  }

  walk(by) {
    const { length } = this.settings.steps;
    const now = this.step ?? (by > 0 ? -1 : length);
    this.go(Math.min(Math.max(now + by, 0), length - 1));
  }

  go(step) {
    this.step = step;
    this.engine.take({ state: this.settings.steps[step] });
    this.engine.flush();
    this.engine.tellSoon(true);
    this.showStep();
  }

  /** Say where on the way this is; a state of the reader's own is on no step. */
  showStep() {
    const picker = this.root.querySelector("[data-step]");
    if (picker == null) return;
    const { state } = this.engine;
    const at = (step) => Object.entries(step).every(([name, value]) => Object.is(state[name], value));
    const found = this.settings.steps.findIndex(at);
    const here = this.step != null && at(this.settings.steps[this.step]) ? this.step : found;
    if (here >= 0) this.step = here;
    picker.value = here < 0 ? "" : String(here);
    for (const note of this.root.querySelectorAll("[data-step-note]")) {
      note.hidden = note.dataset.stepNote !== String(here) || note.textContent === "";
    }
    for (const button of this.root.querySelectorAll("[data-walk]")) {
      const end = button.dataset.walk === "1" ? this.settings.steps.length - 1 : 0;
      button.disabled = this.step === end && here === end;
    }
  }

  /** Show what a prediction was about: the page moves there, and prediction and number stand side by side. */
  reveal(form) {
    const predicted = form.querySelector("[data-predicted]").value;
    const [state, name] = this.settings.questions[Number(form.dataset.question)];
    this.engine.take({ state });
    this.engine.flush();
    this.engine.tellSoon(true);
    const card = name === "" ? null : this.slots.cards.querySelector(`[data-card="${CSS.escape(name)}"]`);
    const text = (part) => card?.querySelector(part).textContent ?? "";
    const found = card && `${text(".sw-card-name")} is ${text(".sw-card-value")} ${text(".sw-card-note")}`.trim();
    form.querySelector("[data-said]").textContent = `You said: ${predicted}.${found ? ` ${found}.` : ""}`;
    form.querySelector("[data-revealed]").hidden = false;
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
    const [low, high] = control.bounds;
    // a quantity has no sign, a coefficient may have one
    const [, sign, rest] = /^\s*([-−]?)(.*)$/s.exec(text);
    const below = sign !== "" && low < 0;
    const value = (below ? -1 : 1) * parseQuantity(below ? rest : text, control.name, this.settings.units);
    if (value < (low ?? -Infinity) || value > (high ?? Infinity)) {
      throw new Error(`${control.name} = ${value} is outside ${low ?? "−∞"} to ${high ?? "∞"}`);
    }
    return value;
  }

  follow(known) {
    // what was painted last belongs to another state, and must not pass for this one
    this.root.classList.toggle("sw-lost", !known);
    this.root.querySelector("[data-problem]").textContent = known ? "" : this.whyLost();
    this.showStep();
    if (known) {
      writeTexts(this.engine, this.slots);
      this.speaker.soon(() => [this.slots.cards]);
    }
    for (const [name, parts] of this.controls) this.writeControl(this.engine.controls.get(name), parts);
  }

  whyLost() {
    const reason = this.settings.reasons[this.engine.key()];
    if (reason == null) return "This page does not hold this combination of choices; choose another one, or ask Python.";
    return `This combination of choices is not in this page: ${reason}. Choose another one, or ask Python.`;
  }

  writeControl(control, { element, text, slider, toggle, select }) {
    const now = this.engine.state[control.name];
    if (select) {
      select.value = now;
      return;
    }
    const shown = now == null ? "off" : formatValue(now, control.format);
    if (text.value !== shown) text.value = shown;
    text.disabled = slider.disabled = now == null || "locked" in element.dataset;
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
      if (text == null || !this.settings.free.includes(control.name)) continue;
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
