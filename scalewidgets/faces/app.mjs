// Drives an app in the browser: Bokeh's controls move an engine, the engine moves figures and texts, Python hears of it.
import { Engine, Place, isMove, placeOf, unpack, valueAt } from "./connect.mjs";
import { AddressBar } from "./address_bar.mjs";
import { Bar } from "./bar.mjs";
import { setHidden, setText } from "./elements.mjs";
import { formatValue } from "./formats.mjs";
import { hearGestures } from "./gestures.mjs";
import { away, reset } from "./homes.mjs";
import { Speaker, nameHandle, nameSwitch, stepWithShift } from "./reach.mjs";
import { Folds, Shelf } from "./shelf.mjs";
import { cardText, valueAndBounds, writeTexts } from "./texts.mjs";
import { applyUpdate } from "./update.mjs";

// Bokeh may evaluate a module twice when two changes come at once, so what has started is known to the page.
const apps = (globalThis.__scalewidgetsApps__ ??= new WeakMap());

// Read out, but not seen.
const HIDDEN = globalThis.document.createElement("div");
HIDDEN.style.cssText = "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap";

function resetButton(label, act) {
  const button = globalThis.document.createElement("button");
  Object.assign(button, { type: "button", className: "sw-reset", title: "Reset to the default", hidden: true });
  button.innerHTML = '<i aria-hidden="true">↺</i><span></span>';
  button.lastChild.textContent = `Reset ${label}`;
  button.addEventListener("click", act);
  return button;
}

class App {
  constructor({ up, down, answers, address, message, slots, controls, shelf, groups, resets, bar, named }, moved) {
    Object.assign(this, { up, down, answers, address, message, resets, named, slots: new Map([...slots, ["bar", bar.slot]]) });
    this.engine = new Engine({});
    this.engine.words.add(() => this.writeWords());
    this.engine.followers.add(() => this.follow());
    this.engine.tell = (state, settled) => this.send({ state, settled, cards: settled ? this.numbers() : null });
    this.count = 0;
    this.controls = new Map();
    this.owners = new Map();
    for (const [name, models] of controls) {
      const parts = Object.fromEntries(models);
      this.controls.set(name, parts);
      for (const [role, model] of Object.entries(parts)) this.owners.set(model, { name, role });
    }
    this.released = new Map();
    this.views = new WeakMap();
    this.reached = new WeakSet();
    this.speaker = new Speaker(HIDDEN.cloneNode());
    globalThis.document.body.append(this.speaker.element);
    this.shelf = new Shelf(shelf, () => this.showCharts());
    this.folds = new Folds(groups, (model) => this.viewOf(model));
    globalThis.document.addEventListener("click", (event) => {
      const act = event.composedPath()[0].closest?.("[data-act]")?.dataset.act;
      if (act === "fold") this.folds.toggle(event.composedPath());
      else if (act === "reset") this.resetGroup(event.composedPath());
    });
    // the move that started all this is not yet part of the state, and must not be taken back
    this.moved = moved;
    this.hear();
    this.moved = null;
    this.bar = new Bar(this, bar);
    this.answeredTo = 0;
    this.hearAnswers();
    this.speaker.begin(() => this.spoken());
  }

  /** The view of a model. Bokeh looks for it in all views of the page, so what was found is kept while it lives. */
  viewOf(model) {
    const known = this.views.get(model);
    if (known != null && !known.is_destroyed) return known;
    const found = globalThis.Bokeh?.index?.find_one?.(model);
    if (found != null) this.views.set(model, found);
    return found;
  }

  /** The headline numbers, where they are those of the present state; Python need not compute them again. */
  numbers() {
    const { engine } = this;
    if (engine.set == null || engine.behind !== false || engine.set !== engine.sets[engine.key()]) return null;
    const found = engine.set.cards.map(([name]) => [name, engine.read(`cards/${name}/value`)]);
    return Object.fromEntries(found.filter(([, value]) => Number.isFinite(value)));
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
      this.place = new Place(engine, this.up.document, map, (model) => this.viewOf(model));
      this.shelf.show(this.place);
    }
    engine.take(bundle);
    if (update) {
      applyUpdate(this.up.document, update);
      for (const [name, html] of Object.entries(update.texts)) this.writeHtml(name, html);
      this.follow();
    } else {
      engine.flush({ quiet: true });
    }
  }

  /** Take what Python says beside the state: words for slots, and answers to what the bar asked. */
  hearAnswers() {
    for (const { count, html, ...rest } of this.answers.tags.map((text) => JSON.parse(text))) {
      if (count <= this.answeredTo) continue;
      this.answeredTo = count;
      for (const [name, text] of Object.entries(html ?? {})) this.writeHtml(name, text);
      if (html) this.fillCosts();
      this.bar.answered(rest);
    }
  }

  /** Have the browser's address follow; only a page that the package serves is told one. */
  hearAddress() {
    this.addressBar ??= new AddressBar("search", () => this.address.tags[0]);
    this.addressBar.soon();
  }

  /** Say something above the charts; nothing takes it back. */
  say(html) {
    this.message.setv({ text: html, visible: html !== "" }, { sync: false });
  }

  showCharts() {
    this.shelf.show(this.place);
    // what rested is behind
    this.engine.flush({ quiet: true });
  }

  element(name) {
    return this.viewOf(this.slots.get(name))?.markup_el;
  }

  spoken() {
    return [this.element("cards"), this.element("costs")].filter(Boolean);
  }

  /** Write hours and money, which are what a card shows times a constant. */
  fillCosts() {
    const { engine } = this;
    if (engine.program == null) return;
    for (const card of this.element("costs")?.querySelectorAll("[data-from]") ?? []) {
      const { from, times, format, unit } = card.dataset;
      const numbers = ["value", "low", "high"].map((part) => engine.read(`${from}/${part}`) * Number(times));
      const [value, rest] = valueAndBounds(cardText(numbers, format, engine.has("notes/beyond") ? engine.read("notes/beyond") : 1));
      setText(card.querySelector(".sw-card-value"), value);
      setText(card.querySelector(".sw-card-note"), [rest, unit].filter(Boolean).join(" "));
    }
  }

  writeHtml(name, html) {
    const slot = this.slots.get(name);
    const element = this.element(name);
    // a changed Div is laid out anew with the whole page, so its text is put in place where the view allows it
    slot.setv({ text: html }, { sync: false, silent: element != null });
    if (element != null) Object.assign(element, { innerHTML: html, shownSet: null });
  }

  writeWords() {
    if (this.up.document == null) return;
    writeTexts(this.engine, Object.fromEntries([...this.slots.keys()].map((name) => [name, this.element(name)])));
    this.fillCosts();
  }

  follow() {
    if (this.up.document == null) return;
    for (const [name, parts] of this.controls) {
      if (!Object.values(parts).includes(this.moved)) this.writeControl(this.engine.controls.get(name), parts);
    }
    for (const { figure } of this.shelf.shown) hearGestures(figure == null ? null : this.viewOf(figure));
    for (const [heading, names] of this.resets) {
      const button = this.viewOf(heading)?.shadow_el?.querySelector("[data-act=reset]");
      setHidden(button, away(this.engine, names).length === 0);
    }
    for (const [slider, text, label] of this.named) nameHandle(this.viewOf(slider)?.shadow_el, { label }, text.value);
    this.bar?.show();
    this.speaker.soon(() => this.spoken());
  }

  /** Let a slider be reached by name and by keys; its view may be a new one. */
  reach(control, slider, shown) {
    const root = this.viewOf(slider)?.shadow_el;
    nameHandle(root, control, shown);
    if (root == null || this.reached.has(root)) return;
    this.reached.add(root);
    stepWithShift(root, (steps) => {
      slider.value = Math.min(Math.max(slider.value + steps * control.step, control.low), control.high);
    });
  }

  /** Offer to reset a control beside its label, if it is away from home; its view may be a new one. */
  offerReset(control, parts) {
    const root = this.viewOf(parts.text ?? parts.select)?.shadow_el;
    if (root == null) return;
    if (parts.reset?.getRootNode() !== root) {
      const home = () => {
        reset(this.engine, [control.name]);
        // the button is gone then
        root.querySelector("input, select").focus();
      };
      parts.reset = resetButton(control.label, home);
      root.append(parts.reset);
      root.querySelector("label")?.addEventListener("dblclick", () => reset(this.engine, [control.name]));
    }
    setHidden(parts.reset, away(this.engine, [control.name]).length === 0);
  }

  /** Reset the group whose heading a click went through. */
  resetGroup(path) {
    for (const [heading, names] of this.resets) {
      const root = this.viewOf(heading)?.shadow_el;
      if (!path.includes(root)) continue;
      reset(this.engine, names);
      root.querySelector("[data-act=fold]").focus();
    }
  }

  writeControl(control, parts) {
    const { text, slider, toggle, select } = parts;
    this.offerReset(control, parts);
    const now = this.engine.state[control.name];
    const set = (model, values) => model.setv(values, { sync: false });
    if (select) {
      // a fit of the user's runs comes and goes among the options
      set(select, { options: control.options.map(([, label]) => label) });
      return set(select, { value: control.options.find(([key]) => key === now)[1] });
    }
    parts.written = now == null ? "off" : formatValue(now, control.format);
    set(text, { value: parts.written, disabled: now == null });
    if (toggle) {
      set(toggle, { active: now != null });
      nameSwitch(this.viewOf(toggle)?.shadow_el);
    }
    set(slider, { disabled: now == null });
    if (now != null && Math.abs(placeOf(control, now) - slider.value) > 1e-9) {
      set(slider, { value: placeOf(control, now) });
    }
    this.reach(control, slider, parts.written);
  }

  // Bokeh calls a module late, so what the engine wrote itself is known by its value: it is what the state says.
  act(model) {
    if (this.shelf.owns(model)) this.showCharts();
    if (!this.owners.has(model)) return;
    const { name, role } = this.owners.get(model);
    const { engine } = this;
    const control = engine.controls.get(name);
    const parts = this.controls.get(name);
    const now = engine.state[name];
    if (role === "text") {
      if (model.value !== parts.written) this.send({ state: engine.whole, typed: { [name]: model.value } });
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
      else if (settled) engine.rest();
    }
  }
}

/** Called when a figure is laid out, for every change of a control and for every message of Python. */
export default function run(parts, source) {
  const { up, down, answers, address } = parts;
  if (up.document == null) return;
  if (!apps.has(up)) apps.set(up, new App(parts, source));
  else if (source === down) apps.get(up).hear();
  else if (source === answers) apps.get(up).hearAnswers();
  else if (source === address) apps.get(up).hearAddress();
  apps.get(up).act(source);
}
