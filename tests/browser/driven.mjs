// Walks over the controls of an app or a notebook as a reader would, and reads what is then shown.

const PATIENCE = 60_000; // ms
// States that are painted: painting takes most of the time, and other tests look at it.
const PAINTED = 25;

const turn = () => new Promise((resolve) => setTimeout(resolve));

async function until(holds, what) {
  const start = performance.now();
  while (!holds()) {
    if (performance.now() - start > PATIENCE) throw new Error(`waited ${PATIENCE} ms for ${what()}`);
    await turn();
  }
}

function* shadows(root) {
  for (const element of root.querySelectorAll("*")) {
    if (element.shadowRoot == null) continue;
    yield element.shadowRoot;
    yield* shadows(element.shadowRoot);
  }
}

/** Changes of controls in an app: of Bokeh's models, by the names that the app gives them. */
class AppControls {
  async change(name, value) {
    const part = (role) => globalThis.__figures__.find(`${name}.${role}`);
    const [select, toggle, slider] = ["select", "switch", "slider"].map(part);
    if (select != null) {
      select.value = value;
      return;
    }
    if (toggle != null && toggle.active !== (value != null)) {
      toggle.active = value != null;
      // Bokeh calls what listens to a switch later
      if (value != null) await until(() => !slider.disabled, () => `the slider of ${name}`);
    }
    if (value != null) slider.value = value;
  }

  async look() {}
}

/** Changes of controls in a notebook: of ipywidgets, those of a kind in the order of the explorer's controls. */
class NotebookControls {
  constructor(places) {
    this.places = places;
  }

  part(kind, at) {
    return document.querySelectorAll(`.sw-controls .widget-${kind}`)[at];
  }

  async change(name, value) {
    const { kind, at, toggle } = this.places[name];
    if (kind === "select") {
      const select = this.part("dropdown select", at);
      select.selectedIndex = value;
      select.dispatchEvent(new Event("change", { bubbles: true }));
      return;
    }
    const box = toggle == null ? null : this.part("checkbox input", toggle);
    if (box != null && box.checked !== (value != null)) box.click();
    if (value != null) this.part("slider .noUi-target", at).noUiSlider.set(value);
  }

  /** Bring another of the figures in sight, drawn or brought up to date. */
  async look(at) {
    const tabs = document.querySelectorAll(".sw-tab");
    const tab = tabs[at % tabs.length];
    const drawn = ({ element }) => element.id === tab.getAttribute("aria-controls") && !element.hidden;
    tab.click();
    await until(() => globalThis.__scalewidgets__.documents.some(drawn), () => `the tab ${tab.textContent}`);
  }
}

/** All models by their names, without the number of the display that comes first. */
function named() {
  const roots = globalThis.__figures__.documents().flatMap((each) => each.roots());
  const models = roots.flatMap((root) => [...root.references()]).filter(({ name }) => name?.includes("."));
  return new Map(models.map((model) => [`*${model.name.slice(model.name.indexOf("."))}`, model]));
}

/** What is shown: figures by their models, words wherever they stand. */
class Shown {
  constructor(maps) {
    this.maps = maps;
    this.rested = new WeakSet();
    this.refresh();
  }

  refresh() {
    this.roots = [document, ...shadows(document)];
    const code = this.roots.find((root) => root.querySelector("[data-code]") != null);
    this.code = () => code.querySelector("[data-code]").textContent;
    this.models = named();
    for (const { name } of Object.values(this.maps)) this.rest(this.models.get(name));
  }

  /** Paint a figure only where a state is to be painted. */
  rest(figure) {
    const view = figure == null ? null : globalThis.__figures__.viewOf(figure);
    if (view == null || this.rested.has(view)) return;
    const { repaint } = view;
    view.repaint = () => this.painted && repaint.call(view);
    this.rested.add(view);
  }

  /** A Bokeh model; none in a figure that is out of sight, which is brought up to date when it is shown. */
  model(name) {
    const found = this.models.get(name);
    const place = globalThis.__scalewidgets__?.documents.find(({ document }) => document === found?.document);
    return place?.element.hidden ? null : found;
  }
}

// A slider rounds its place, so numbers are compared to seven digits here and closer in Python.
const rounded = (call) => call.trim().replace(/(?<==)[0-9][^,)]*/g, (number) => Number(number).toPrecision(7));

/** `steps` are changes of controls and the call that the code then shows; `places` are those of a notebook's widgets. */
async function walk({ steps, maps, places }) {
  const controls = places == null ? new AppControls() : new NotebookControls(places);
  const shown = new Shown(maps);
  const readings = new Readings();
  for (const [i, { changes, says }] of steps.entries()) {
    shown.painted = i % PAINTED === 0;
    for (const [name, value] of Object.entries(changes)) {
      await controls.change(name, value);
      // no reader moves two controls in one event
      await turn();
    }
    const wanted = rounded(says);
    const there = () => rounded(shown.code().split("ex = ")[1]) === wanted;
    // other coefficients come from Python
    await until(there, () => `${says} after ${JSON.stringify(changes)}; the page says ${shown.code()}`);
    if (i % PAINTED === PAINTED - 1) {
      await controls.look(i);
      shown.refresh();
    }
    readings.add(maps, (name) => shown.model(name), wordsIn(shown.roots));
  }
  return readings.packed();
}

let walking = null;
globalThis.__driven__ = {
  begin: (given) => (walking = walk(given)),
  done: () => walking,
};
