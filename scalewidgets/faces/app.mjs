// Drives an app in the browser: Bokeh's controls move an engine, the engine moves figures and texts, Python hears of it.
import { Engine, Place, isMove, placeOf, unpack, valueAt } from "./connect.mjs";
import { formatValue } from "./formats.mjs";
import { Speaker, nameHandle, stepWithShift } from "./reach.mjs";
import { writeTexts } from "./texts.mjs";
import { applyUpdate } from "./update.mjs";

// Bokeh may evaluate a module twice when two changes come at once, so what has started is known to the page.
const apps = (globalThis.__scalewidgetsApps__ ??= new WeakMap());

// Read out, but not seen.
const HIDDEN = globalThis.document.createElement("div");
HIDDEN.style.cssText = "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap";

class App {
  constructor({ up, down, slots, controls }, moved) {
    Object.assign(this, { up, down, slots: new Map(slots) });
    this.engine = new Engine({});
    this.engine.followers.add((engine, known) => this.follow(known));
    this.engine.tell = (state) => this.send({ state });
    this.count = 0;
    this.controls = new Map();
    this.owners = new Map();
    for (const [name, models] of controls) {
      const parts = Object.fromEntries(models);
      this.controls.set(name, parts);
      for (const [role, model] of Object.entries(parts)) this.owners.set(model, { name, role });
    }
    this.released = new Map();
    this.reached = new WeakSet();
    this.speaker = new Speaker(HIDDEN.cloneNode());
    globalThis.document.body.append(this.speaker.element);
    // the move that started all this is not yet part of the state, and must not be taken back
    this.moved = moved;
    this.hear();
    this.moved = null;
    this.speaker.begin(() => this.spoken());
  }

  send(message) {
    this.count += 1;
    this.up.tags = [JSON.stringify({ ...message, count: this.count })];
  }

  /** Take what Python says: sets and graphs, a state, where figures take their columns, or columns themselves. */
  hear() {
    const { data } = this.down;
    const { map, update, heard, ...bundle } = unpack(data instanceof Map ? data.get("block") : data.block);
    const { engine } = this;
    // an answer to an earlier state: what was moved since stays, and Python hears of it
    if (heard < this.count || engine.telling) delete bundle.state;
    if (map) {
      this.place?.remove();
      this.place = new Place(engine, this.up.document, map, (model) => globalThis.Bokeh?.index?.find_one?.(model));
    }
    engine.take(bundle);
    if (update) {
      applyUpdate(this.up.document, update);
      for (const [name, html] of Object.entries(update.texts)) this.writeHtml(name, html);
      this.follow(false);
    } else {
      engine.flush({ quiet: true });
    }
  }

  element(name) {
    return globalThis.Bokeh?.index?.find_one?.(this.slots.get(name))?.markup_el;
  }

  spoken() {
    return [this.element("cards")].filter(Boolean);
  }

  writeHtml(name, html) {
    const slot = this.slots.get(name);
    const element = this.element(name);
    // a changed Div is laid out anew with the whole page, so its text is put in place where the view allows it
    slot.setv({ text: html }, { sync: false, silent: element != null });
    if (element != null) Object.assign(element, { innerHTML: html, shownSet: null });
  }

  follow(known) {
    if (this.up.document == null) return;
    if (known) {
      writeTexts(this.engine, Object.fromEntries([...this.slots.keys()].map((name) => [name, this.element(name)])));
    }
    for (const [name, parts] of this.controls) {
      if (!Object.values(parts).includes(this.moved)) this.writeControl(this.engine.controls.get(name), parts);
    }
    this.speaker.soon(() => this.spoken());
  }

  /** Let a slider be reached by name and by keys; its view may be a new one. */
  reach(control, slider, shown) {
    const root = globalThis.Bokeh?.index?.find_one?.(slider)?.shadow_el;
    nameHandle(root, control, shown);
    if (root == null || this.reached.has(root)) return;
    this.reached.add(root);
    stepWithShift(root, (steps) => {
      slider.value = Math.min(Math.max(slider.value + steps * control.step, control.low), control.high);
    });
  }

  writeControl(control, parts) {
    const { text, slider, toggle, select } = parts;
    const now = this.engine.state[control.name];
    const set = (model, values) => model.setv(values, { sync: false });
    if (select) {
      // a fit of the user's runs comes and goes among the options
      set(select, { options: control.options.map(([, label]) => label) });
      return set(select, { value: control.options.find(([key]) => key === now)[1] });
    }
    parts.written = now == null ? "off" : formatValue(now, control.format);
    set(text, { value: parts.written, disabled: now == null });
    if (toggle) set(toggle, { active: now != null });
    set(slider, { disabled: now == null });
    if (now != null && Math.abs(placeOf(control, now) - slider.value) > 1e-9) {
      set(slider, { value: placeOf(control, now) });
    }
    this.reach(control, slider, parts.written);
  }

  // Bokeh calls a module late, so what the engine wrote itself is known by its value: it is what the state says.
  act(model) {
    if (!this.owners.has(model)) return;
    const { name, role } = this.owners.get(model);
    const { engine } = this;
    const control = engine.controls.get(name);
    const parts = this.controls.get(name);
    const now = engine.state[name];
    if (role === "text") {
      if (model.value !== parts.written) this.send({ state: { ...engine.state }, typed: { [name]: model.value } });
    } else if (role === "select") {
      const key = control.options.find(([, label]) => label === model.value)[0];
      if (key !== now) engine.move({ [name]: key }, { settled: true });
    } else if (role === "toggle") {
      if (model.active === (now != null)) return;
      engine.move({ [name]: model.active ? valueAt(control, parts.slider.value) : null }, { settled: true });
    } else {
      const { is_unset } = model.properties.value_throttled;
      const released = is_unset ? undefined : model.value_throttled;
      const settled = released !== this.released.get(model);
      this.released.set(model, released);
      const value = valueAt(control, model.value);
      if (isMove(control, value, now)) engine.move({ [name]: value }, { settled });
      else if (settled && engine.telling) engine.tellSoon(true);
    }
  }
}

/** Called for every change of a control, every message of Python, and when the document is ready. */
export default function run(parts, source) {
  const { up, down } = parts;
  if (up.document == null) return;
  if (!apps.has(up)) apps.set(up, new App(parts, source));
  else if (source === down) apps.get(up).hear();
  apps.get(up).act(source);
}
