// Walks over the controls of an app or a notebook as a reader would, and reads what is then shown.

const PATIENCE = 60_000; // ms

// NaN and infinities as words: the way to Python is JSON.
const plain = (x) => (Number.isFinite(x) ? x : String(x));
const frame = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));

function* within(root, selector) {
  yield* root.querySelectorAll(selector);
  for (const element of root.querySelectorAll("*")) if (element.shadowRoot) yield* within(element.shadowRoot, selector);
}

const models = new Map();

/** A Bokeh model; none in a figure that is out of sight, which is brought up to date when it is shown. */
function model(name) {
  if (models.get(name)?.document == null) models.set(name, globalThis.__figures__.find(name));
  const found = models.get(name);
  const seen = globalThis.__scalewidgets__?.documents.find(({ document }) => document === found?.document);
  return seen?.element.hidden ? null : found;
}

const first = (selector) => within(document, selector).next().value;

/** Bokeh's controls, by the names that the app gives its models. */
async function changeBokeh(name, value) {
  const part = (role) => model(`${name}.${role}`);
  if (part("select") != null) {
    part("select").value = value;
    return;
  }
  if (part("switch") != null && part("switch").active !== (value != null)) {
    part("switch").active = value != null;
    await frame();
  }
  if (value != null) part("slider").value = value;
}

/** The ipywidgets of a notebook: those of a name stand in the order of its controls. */
async function changeWidgets(name, value, places) {
  const { kind, at, toggle } = places[name];
  if (kind === "select") {
    const select = document.querySelectorAll(".sw-controls .widget-dropdown select")[at];
    select.selectedIndex = value;
    select.dispatchEvent(new Event("change", { bubbles: true }));
    return;
  }
  const box = toggle == null ? null : document.querySelectorAll(".sw-controls .widget-checkbox input")[toggle];
  if (box != null && box.checked !== (value != null)) {
    box.click();
    await frame();
  }
  if (value != null) document.querySelectorAll(".sw-controls .widget-slider .noUi-target")[at].noUiSlider.set(value);
}

const code = () => first("pre[data-code]").textContent;

// A slider rounds its place, so numbers are compared to seven digits here and closer in Python.
const rounded = (call) => call.trim().replace(/(?<==)[0-9][^,)]*/g, (number) => Number(number).toPrecision(7));
const alike = (found, wanted) => rounded(found.split("ex = ")[1]) === rounded(wanted);

function shown(maps, some) {
  const columns = {};
  const ranges = {};
  for (const figure of Object.values(maps)) {
    for (const [source, paths] of Object.entries(figure.sources)) {
      if (!some(source)) continue;
      const data = model(source)?.data;
      if (data == null) continue;
      for (const [column, from] of Object.entries(paths)) {
        const values = data instanceof Map ? data.get(column) : data[column];
        columns[`${source} ${column}`] = { from, values: Array.from(values, plain) };
      }
    }
    for (const [range, from] of Object.entries(figure.ranges)) {
      if (model(range) != null) ranges[range] = { from, values: [model(range).start, model(range).end] };
    }
  }
  const cards = {};
  for (const card of within(document, "[data-card]")) {
    if (card.hidden) continue;
    const text = (part) => card.querySelector(`.sw-card-${part}`).textContent;
    cards[card.dataset.card] = [text("value"), text("note")];
  }
  const sentences = [...within(document, "[data-sentence]")].filter((li) => !li.hidden).map((li) => li.textContent);
  return { columns, ranges, cards, sentences, code: code() };
}

const tabs = () => [...within(document, ".sw-tab")];

/** Bring another of a notebook's figures in sight, drawn or brought up to date. */
async function choose(at) {
  const tab = tabs()[at % tabs().length];
  const drawn = () => globalThis.__scalewidgets__.documents.some(({ element }) => {
    return element.id === tab.getAttribute("aria-controls") && !element.hidden;
  });
  tab.click();
  await until(drawn, `the tab ${tab.textContent}`);
}

async function until(holds, what) {
  const start = performance.now();
  while (!holds()) {
    if (performance.now() - start > PATIENCE) throw new Error(`waited ${PATIENCE} ms for ${what}`);
    await frame();
  }
}

/** `steps` are changes of controls and the call that the code then shows; every tenth state is read whole. */
async function walk({ steps, maps, places }) {
  const found = [];
  for (const [i, { changes, says }] of steps.entries()) {
    for (const [name, value] of Object.entries(changes)) {
      await (places == null ? changeBokeh(name, value) : changeWidgets(name, value, places));
    }
    // other coefficients come from Python
    await until(() => alike(code(), says), `${says} after ${JSON.stringify(changes)}; the page says ${code()}`);
    if (places != null && i % 25 === 24) await choose(i);
    const some = (source) => i % 10 === 0 || /plan|optimum|cheapest|near|waste/.test(source);
    found.push(shown(maps, some));
  }
  return found;
}

globalThis.__driven__ = { walk };
