// Draws Bokeh figures inside a notebook output and keeps them up to date from one binary trait (canvas.py).
// With a program it computes what they show itself, from the ipywidgets that it observes.
import { Engine, Place, isMove, placeOf, unpack, valueAt } from "./connect.mjs";
import { formatValue } from "./formats.mjs";
import { hearGestures } from "./gestures.mjs";
import { nearestRow } from "./nearest.mjs";
import { pacePainting } from "./painting.mjs";
import { Speaker, nameHandle, stepWithShift } from "./reach.mjs";
import { hearPointer, tellSlowly } from "./slow_telling.mjs";
import { writeTexts } from "./texts.mjs";
import { applyUpdate, decodeUpdate, pinRanges, recolour } from "./update.mjs";

const NARROW = 640; // px: below this the figures no longer fit next to each other

// One registry a page: BokehJS by version (several notebooks share a page), and the live documents.
const registry = (globalThis.__scalewidgets__ ??= { bokeh: {}, hosts: {}, documents: [] });

/** BokehJS of the version the kernel has, evaluated once a page whatever the number of widgets and kernels. */
async function loadBokeh(model) {
  const asset = await model.widget_manager.get_model(model.get("asset").slice("IPY_MODEL_".length));
  const version = asset.get("version");
  registry.bokeh[version] ??= inflate(asset.get("script")).then((text) => runScript(text, version));
  try {
    return await registry.bokeh[version];
  } catch (error) {
    delete registry.bokeh[version];
    throw error;
  }
}

function inflate(block) {
  const stream = new Blob([block]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

// BokehJS registers itself on `this`, so a host object keeps the page's own `window.Bokeh` as it is; the shadowed
// names keep it from registering with RequireJS (classic notebook, VS Code) instead.
function runScript(text, version) {
  const host = (registry.hosts[version] = {});
  const script = document.createElement("script");
  const place = `globalThis.__scalewidgets__.hosts[${JSON.stringify(version)}]`;
  script.textContent = `(function (define, module, exports, require) {\n${text}\n}).call(${place});`;
  document.head.append(script);
  script.remove();
  if (host.Bokeh == null) throw new Error(`BokehJS ${version} could not be started in this page`);
  return host.Bokeh;
}

function make(tag, className, attributes = {}) {
  const element = document.createElement(tag);
  element.className = className;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

/** A place whose figure paints at once what is due, when the engine has its frame. */
class PanelPlace extends Place {
  constructor(panel, engine, map) {
    super(engine, panel.document, { [panel.slot]: map });
    this.panel = panel;
  }

  paint() {
    if (this.panel.shown) this.panel.paint();
  }
}

/** One figure: mounted when first shown, left alone while hidden, brought up to date when shown again. */
class Panel {
  constructor(figure, id) {
    Object.assign(this, figure);
    this.element = make("div", "sw-figure", { role: "tabpanel", id: `${id}-panel-${figure.slot}` });
    this.tab = make("button", "sw-tab", { type: "button", role: "tab", "aria-controls": this.element.id });
    this.tab.id = `${id}-tab-${figure.slot}`;
    this.tab.textContent = figure.title;
    this.element.setAttribute("aria-labelledby", this.tab.id);
  }

  async mount(Bokeh, look) {
    const manager = await Bokeh.embed.embed_item(JSON.parse(this.item), this.element);
    this.views = [...manager.roots];
    this.views.forEach(hearGestures);
    this.document = this.views[0].model.document;
    pinRanges(this.document);
    this.paints = [];
    const pace = (view) => {
      this.paints.push(pacePainting(view));
      for (const child of view.child_views ?? []) pace(child);
    };
    this.views.forEach(pace);
    this.entry = { slot: this.slot, document: this.document, views: this.views, element: this.element };
    registry.documents.push(this.entry);
    recolour(this.document, look.palette, look.dark);
  }

  /** Say which run is tapped; `sources` tells where the points are. */
  listen(sources, tell) {
    const [{ model: figure }] = this.views;
    figure.on_event("tap", (event) => {
      const row = nearestRow(event, sources);
      if (row != null) tell(row);
    });
    // a callback that comes after the document is no subscription yet
    this.document.event_manager.subscribed_models.add(figure);
  }

  /** Take columns and ranges from an engine. */
  connect(engine, map) {
    this.place ??= new PanelPlace(this, engine, map);
    this.place.write();
    this.paint();
  }

  apply(update) {
    applyUpdate(this.document, update);
    this.paint();
  }

  paint() {
    for (const paint of this.paints ?? []) paint();
  }

  remove() {
    this.place?.remove();
    if (this.entry) registry.documents.splice(registry.documents.indexOf(this.entry), 1);
    for (const view of this.views ?? []) view.remove();
  }
}

/** Says whether the page is dark: JupyterLab, then VS Code, then the system's preference. */
function pageIsDark() {
  const { jpThemeLight, vscodeThemeKind } = document.body.dataset;
  if (jpThemeLight != null) return jpThemeLight === "false";
  if (vscodeThemeKind != null) return /dark|high-contrast$/.test(vscodeThemeKind);
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

class View {
  constructor(model, el) {
    this.model = model;
    this.signal = new AbortController();
    this.root = make("div", "sw-canvas");
    this.panels = model.get("figures").map((figure) => new Panel(figure, `sw-${crypto.randomUUID().slice(0, 8)}`));
    this.tabs = make("div", "sw-tabs", { role: "tablist", "aria-label": "Views" });
    this.tabs.append(...this.panels.map((panel) => panel.tab));
    this.figures = make("div", "sw-figures");
    this.figures.append(...this.panels.map((panel) => panel.element));
    this.slots = Object.fromEntries(
      [...model.get("above"), ...model.get("below")].map((name) => [name, make("div", `sw-slot sw-slot-${name}`)]),
    );
    this.speaker = new Speaker(make("div", "sw-speaker"));
    this.reached = new WeakSet();
    this.inputs = {};
    const pick = (names) => model.get(names).map((name) => this.slots[name]);
    this.root.append(...pick("above"), this.tabs, this.figures, ...pick("below"), this.speaker.element);
    el.append(this.root);
    this.listen();
  }

  listen() {
    const { signal } = this.signal;
    const handlers = {
      "change:update": () => this.schedule(),
      "change:program change:told": () => this.hear(),
      "change:active change:columns": () => this.arrange(),
      "change:theme change:palette": () => this.dress(),
    };
    for (const [events, handler] of Object.entries(handlers)) {
      for (const event of events.split(" ")) {
        this.model.on(event, handler);
        signal.addEventListener("abort", () => this.model.off(event, handler));
      }
    }
    this.tabs.addEventListener("click", (event) => {
      const panel = this.panels.find(({ tab }) => tab === event.target);
      if (panel) this.choose(panel);
    });
    this.tabs.addEventListener("keydown", (event) => this.moveFocus(event));
    const sizes = new ResizeObserver(([{ contentRect }]) => {
      const narrow = contentRect.width > 0 && contentRect.width < NARROW;
      if (contentRect.width > 0 && narrow !== this.narrow) {
        this.narrow = narrow;
        this.arrange();
      }
    });
    sizes.observe(this.root);
    const attributes = new MutationObserver(() => this.dress());
    attributes.observe(document.body, { attributeFilter: ["data-jp-theme-light", "data-vscode-theme-kind"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.dress(), { signal });
    signal.addEventListener("abort", () => {
      sizes.disconnect();
      attributes.disconnect();
    });
  }

  async start() {
    this.dress();
    this.writeTexts(this.update().texts);
    await this.observe();
    try {
      this.Bokeh = await loadBokeh(this.model);
    } catch (error) {
      this.figures.textContent = `The figures can't be drawn here: ${error.message}`;
      throw error;
    }
    await this.arrange();
  }

  /** Begin to compute: take the program, and follow the ipywidgets of its controls. */
  async observe() {
    this.hear();
    if (this.engine == null) return;
    const { signal } = this.signal;
    hearPointer(signal);
    for (const [name, references] of Object.entries(this.model.get("inputs"))) {
      const roles = (this.inputs[name] = {});
      for (const [role, reference] of Object.entries(references)) {
        const widget = await this.model.widget_manager.get_model(reference.slice("IPY_MODEL_".length));
        const event = role === "select" ? "change:index" : "change:value";
        const act = () => this.act(name, role, roles, widget);
        roles[role] = widget;
        if (role === "slider") tellSlowly(widget);
        widget.on(event, act);
        signal.addEventListener("abort", () => widget.off(event, act));
      }
    }
    // they may have moved before this view was opened
    for (const [name, roles] of Object.entries(this.inputs)) {
      for (const [role, widget] of Object.entries(roles)) this.act(name, role, roles, widget);
    }
    this.reach();
  }

  /** Take what Python told: a program, and the latest state. */
  hear() {
    const block = this.model.get("program");
    if (block.byteLength === 0) return;
    if (this.engine == null) {
      this.engine = new Engine({});
      this.engine.words.add(() => this.signal.signal.aborted || writeTexts(this.engine, this.slots));
      this.engine.followers.add((engine, known) => this.follow(known));
    }
    if (this.block !== block) this.engine.take(unpack(block));
    this.block = block;
    const { pins } = unpack(this.model.get("pins"));
    this.engine.take({ state: this.fresh(this.model.get("told")), pins });
    this.engine.flush();
  }

  /** What was told of the state, but for controls that were moved since: Python hears of those from ipywidgets. */
  fresh({ state, at }) {
    const names = Object.keys(state);
    // or their widgets are still to hear what Python wrote, and will stand as told
    this.awaited = new Set(names.filter((name) => !this.standsAs(name, at)));
    return Object.fromEntries(names.filter((name) => !this.awaited.has(name)).map((name) => [name, state[name]]));
  }

  /** Whether the widgets of a control stand as they did then; a slider that rounded to its steps does. */
  standsAs(name, at) {
    const control = this.engine.controls.get(name);
    return Object.entries(this.inputs[name] ?? {}).every(([role, widget]) => {
      const then = at[name]?.[role];
      const now = widget.get(role === "select" ? "index" : "value");
      if (then === undefined || now === then) return true;
      return role === "slider" && !isMove(control, now, then);
    });
  }

  follow(known) {
    if (!known || this.signal.signal.aborted) return;
    this.speakLater();
    this.reach();
  }

  /** Let the ipywidgets sliders be reached by name and by keys; a widget may be shown several times, and later. */
  reach() {
    const { signal } = this.signal;
    for (const [name, { slider }] of Object.entries(this.inputs)) {
      if (slider?.views == null) continue;
      const control = this.engine.controls.get(name);
      const now = this.engine.state[name];
      const shown = now == null ? "off" : formatValue(now, control.format);
      const move = (steps) => {
        const place = placeOf(control, slider.get("value")) + steps * control.step;
        slider.set("value", valueAt(control, Math.min(Math.max(place, control.low), control.high)));
        slider.save_changes();
      };
      for (const pending of Object.values(slider.views)) {
        pending.then((view) => {
          nameHandle(view.el, control, shown);
          if (this.reached.has(view)) return;
          this.reached.add(view);
          stepWithShift(view.el, move, signal);
        });
      }
    }
  }

  /** A control moved: Python hears of it from ipywidgets, the picture follows here. */
  act(name, role, roles, widget) {
    const control = this.engine.controls.get(name);
    const now = this.engine.state[name];
    const move = (value) => this.engine.move({ [name]: value });
    const { state, at } = this.model.get("told");
    if (this.awaited?.has(name) && this.standsAs(name, at)) {
      this.awaited.delete(name);
      // a slider rounds, and what was told is exact
      move(state[name]);
    } else if (role === "select") {
      const key = control.options[widget.get("index")]?.[0];
      if (key != null && key !== now) move(key);
    } else if (role === "toggle") {
      if (widget.get("value") !== (now != null)) move(widget.get("value") ? roles.slider.get("value") : null);
    } else if (isMove(control, widget.get("value"), now)) {
      move(widget.get("value"));
    }
  }

  update() {
    return decodeUpdate(this.model.get("update"));
  }

  // The latest update wins: each one is complete, so those that a frame overtakes need no trace.
  schedule() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      if (this.signal.signal.aborted) return;
      const update = this.update();
      for (const panel of this.panels) if (panel.shown && panel.document) panel.apply(update);
      // After the figures: painting measures the page, and changed texts would make it lay the page out anew.
      this.writeTexts(update.texts);
    });
  }

  writeTexts(texts) {
    for (const [name, html] of Object.entries(texts)) {
      const slot = this.slots[name];
      if (slot == null || slot.source === html) continue;
      slot.source = html;
      slot.innerHTML = html;
      slot.shownSet = null;
      if (this.model.get("live").includes(name)) this.speakLater();
    }
  }

  speakLater() {
    this.speaker.soon(() => this.model.get("live").flatMap((name) => this.slots[name] ?? []));
  }

  choose(panel) {
    this.model.set("active", panel.slot);
    this.model.save_changes();
  }

  moveFocus(event) {
    const now = this.panels.findIndex(({ tab }) => tab === document.activeElement);
    const last = this.panels.length - 1;
    const next = { ArrowRight: now === last ? 0 : now + 1, ArrowLeft: now <= 0 ? last : now - 1, Home: 0, End: last };
    if (now < 0 || !(event.key in next)) return;
    event.preventDefault();
    event.stopPropagation();
    const panel = this.panels[next[event.key]];
    this.choose(panel);
    panel.tab.focus();
  }

  /** Show the chosen figure and, where there is room, those that follow it; mount the ones seen for the first time. */
  async arrange() {
    const columns = this.narrow ? 1 : Math.min(this.model.get("columns"), this.panels.length);
    const chosen = Math.max(0, this.panels.findIndex(({ slot }) => slot === this.model.get("active")));
    const start = Math.min(chosen, this.panels.length - columns);
    this.root.classList.toggle("sw-narrow", Boolean(this.narrow));
    this.figures.style.setProperty("--sw-columns", columns);
    this.tabs.hidden = columns >= this.panels.length;
    this.panels.forEach((panel, index) => {
      panel.shown = index >= start && index < start + columns;
      panel.element.hidden = !panel.shown;
      panel.place?.show(panel.slot, panel.shown);
      panel.tab.setAttribute("aria-selected", String(index === chosen));
      panel.tab.tabIndex = index === chosen ? 0 : -1;
    });
    if (this.Bokeh == null) return;
    for (const panel of this.panels.filter(({ shown }) => shown)) {
      panel.mounting ??= panel.mount(this.Bokeh, { palette: this.model.get("palette"), dark: this.dark });
      await panel.mounting;
      const sources = this.model.get("rows")[panel.slot];
      if (sources != null && !panel.listening) panel.listen(sources, (row) => this.model.send({ row }));
      panel.listening = true;
      if (this.signal.signal.aborted) panel.remove();
      else if (this.engine?.set != null) panel.connect(this.engine, this.model.get("maps")[panel.slot]);
      else panel.apply(this.update());
    }
  }

  dress() {
    const theme = this.model.get("theme");
    this.dark = theme === "auto" ? pageIsDark() : theme === "dark";
    this.root.classList.toggle("sw-dark", this.dark);
    this.root.classList.toggle("sw-auto", theme === "auto");
    for (const { document } of this.panels) if (document) recolour(document, this.model.get("palette"), this.dark);
  }

  remove() {
    this.signal.abort();
    this.speaker.stop();
    if (this.frame != null) cancelAnimationFrame(this.frame);
    for (const panel of this.panels) panel.remove();
    this.root.remove();
  }
}

async function render({ model, el }) {
  const view = new View(model, el);
  // Not awaited: anywidget calls the returned function on removal, which may come before BokehJS is ready.
  view.start().catch((error) => console.error(error));
  return () => view.remove();
}

export default { render };
