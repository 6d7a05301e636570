// Connects the state of an explorer with figures and texts: a move of a control becomes columns, ranges and words.
// The same for a page, an app and a notebook; where values come from and where the state is told is the face's.
import { formatValue } from "./formats.mjs";
import { compile } from "./interpreter.mjs";
import { pacePainting } from "./painting.mjs";
import { pinRanges, writeRange } from "./update.mjs";

// While a control moves, the state is told this often; at rest it is told at once. Many pages may have one server.
const TELL_AFTER = 1000; // ms
// After this many runs a browser has compiled what a move needs; a run must fit in what is left of an idle moment.
const WARMING = 24;
const IDLE = 8; // ms

/** Unpack what scalewidgets/live/packing.py packed; `block` is a DataView, a typed array or an ArrayBuffer. */
export function unpack(block) {
  const bytes = block instanceof ArrayBuffer ? new Uint8Array(block) : new Uint8Array(block.buffer, block.byteOffset, block.byteLength);
  if (bytes.length === 0) return {};
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  // a copy: messages arrive at any byte offset, Float64Array needs multiples of 8
  const payload = new Float64Array(bytes.slice(4 + length).buffer);
  return whole(JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length))), payload);
}

// A reviver of JSON.parse would be called for every number of every graph: ten times slower.
function whole(value, payload) {
  if (Array.isArray(value.$)) return payload.slice(value.$[0], value.$[0] + value.$[1]);
  for (const name of Object.keys(value)) {
    const part = value[name];
    if (part !== null && typeof part === "object") value[name] = whole(part, payload);
  }
  return value;
}

/** The place of a value on a slider's track. */
export function placeOf(control, value) {
  const place = control.scale === "linear" ? value : value > 0 ? Math.log10(value) : -Infinity;
  return Math.min(Math.max(place, control.low), control.high);
}

/** The value at a place of a slider's track. */
export function valueAt(control, place) {
  return control.scale === "linear" ? place : 10 ** place;
}

/** Whether a slider's value is a move rather than the present one rounded to the steps of its track. */
export function isMove(control, value, now) {
  return now != null && Math.abs(placeOf(control, value) - placeOf(control, now)) > 0.51 * control.step;
}

/** What an engine compares with: a pinned state, A, and what is kept of its numbers (scalewidgets/explorers/pins.py). */
class Pins {
  constructor(engine) {
    Object.assign(this, { engine, known: false, state: null, key: "null" });
    this.kept = new Map();
    this.written = new WeakMap();
  }

  /** Pin a state, or null for none; `values` are what is kept of it, where Python has told them. */
  choose(state, values) {
    this.known = true;
    this.state = state && this.ordered(state);
    this.key = JSON.stringify(this.state);
    if (values && !this.kept.has(this.key)) this.kept.set(this.key, values);
  }

  forget(state) {
    this.kept.delete(JSON.stringify(this.ordered(state)));
  }

  ordered(state) {
    return Object.fromEntries([...this.engine.controls.keys()].map((name) => [name, state[name]]));
  }

  /** What is kept of the pinned state; null where nothing is pinned, or its set is not known (yet). */
  values() {
    if (this.state == null) return null;
    if (!this.kept.has(this.key)) {
      const { engine } = this, now = engine.state;
      engine.state = { ...now, ...this.state };
      const program = engine.run(null);
      engine.state = now;
      if (program == null) return null;
      const paths = program.outputs.filter((path) => path.startsWith("pins/"));
      this.kept.set(this.key, Object.fromEntries(paths.map((path) => [path.slice(5), program.output(path).slice()])));
    }
    return this.kept.get(this.key);
  }

  /** Give a program the values, or NaN for none. */
  write(program, values) {
    if (this.written.get(program) === values) return;
    this.written.set(program, values);
    for (const [name, shape] of Object.entries(program.inputs)) {
      if (!name.startsWith("pin.")) continue;
      const size = shape.reduce((product, length) => product * length, 1);
      program.set(name, values?.[name.slice(4)] ?? new Float64Array(size).fill(NaN));
    }
  }
}

/** The state of an explorer and the numbers that follow from it. */
export class Engine {
  constructor(bundle) {
    this.graphs = {};
    this.sets = {};
    this.programs = new Map();
    this.places = new Set();
    this.words = new Set();
    this.followers = new Set();
    this.state = {};
    this.moves = 0; // since the last frame
    this.late = false;
    this.took = 0; // ms
    this.done = -Infinity;
    this.pinning = new Pins(this);
    this.take(bundle);
  }

  /** Take sets, graphs, controls and a state that Python sent; a set of the same choices replaces the old one. */
  take({ controls, state = {}, sets, graphs, pins }) {
    if (controls) this.controls = new Map(controls.map((control) => [control.name, control]));
    Object.assign(this.graphs, graphs);
    Object.assign(this.sets, sets);
    this.change(state, pins);
  }

  change({ pinned, ...state }, pins) {
    Object.assign(this.state, state);
    if (pinned !== undefined) this.pinning.choose(pinned, pins);
  }

  /** Whether a scenario can be pinned. */
  get pins() {
    return this.pinning.known;
  }

  /** The state that is pinned as A, or null. */
  get pinnedState() {
    return this.pinning.state;
  }

  /** The whole state, as it is told. */
  get whole() {
    return this.pins ? { ...this.state, pinned: this.pinnedState } : { ...this.state };
  }

  /** Compare what follows with a state as A, the present one unless another is given. */
  pin(state = null) {
    // the numbers of a label such as "your runs" may have changed since it was pinned before
    if (state == null) this.pinning.forget(this.state);
    this.move({ pinned: { ...(state ?? this.state) } }, { settled: true });
  }

  /** Compare with nothing any more. */
  unpin() {
    this.move({ pinned: null }, { settled: true });
  }

  valueOf(control, state = this.state) {
    const now = state[control.name];
    return control.kind === "choice" ? control.options.find(([key]) => key === now)?.[2] : now;
  }

  key() {
    const choices = [...this.controls.values()].filter(({ kind, input }) => kind === "choice" && input === "");
    return JSON.stringify(choices.map(({ name }) => this.state[name]));
  }

  /** Compute the present state; false where its set is not known (yet). */
  compute() {
    // first, since it may take a run in another state
    const pinned = this.pinning.values();
    const program = this.run(pinned);
    if (program == null) return false;
    this.outputs ??= new Map();
    if (!this.outputs.has(program)) this.outputs.set(program, new Set(program.outputs));
    Object.assign(this, { set: this.loaded, program });
    return true;
  }

  /** Run the program of the present state beside what is pinned, and return it; null where its set is not known. */
  run(pinned) {
    const set = this.sets[this.key()];
    if (set == null) return null;
    if (!this.programs.has(set.graph)) this.programs.set(set.graph, compile(this.graphs[set.graph]));
    const program = this.programs.get(set.graph);
    if (this.loaded !== set) for (const [name, values] of Object.entries(set.inputs)) program.set(name, values);
    this.loaded = set;
    for (const control of this.controls.values()) {
      if (!Object.hasOwn(program.inputs, control.input)) continue;
      program.set(control.input, this.valueOf(control) ?? control.off);
    }
    this.pinning.write(program, pinned);
    program.run();
    return program;
  }

  /** Whether there is a number at a path. */
  has(path) {
    if (this.outputs.get(this.program).has(path)) return true;
    return path.startsWith("inputs/") && this.input(path.slice("inputs/".length)) != null;
  }

  /** The number at a path: an output, or `inputs/<name>`. */
  read(path) {
    if (path.startsWith("inputs/")) return this.input(path.slice("inputs/".length));
    return this.program.output(path)[0];
  }

  input(name) {
    for (const control of this.controls.values()) {
      if (control.input === name) return this.valueOf(control) ?? control.off;
    }
    return this.set.inputs[name]?.[0];
  }

  /** The column made of one path, or of two (an edge, and the other edge backwards); null if the graph lacks it. */
  column(paths, into) {
    const known = this.outputs.get(this.program);
    if (!paths.every((path) => known.has(path))) return null;
    const parts = paths.map((path) => this.program.output(path));
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    const values = into?.length === length ? into : new Float64Array(length);
    let changed = values !== into;
    for (let i = 0; i < parts[0].length; i++) {
      if (Object.is(values[i], parts[0][i])) continue;
      values[i] = parts[0][i];
      changed = true;
    }
    if (parts.length === 2) {
      for (let i = 0, last = length - 1; i < parts[1].length; i++) {
        if (Object.is(values[last - i], parts[1][i])) continue;
        values[last - i] = parts[1][i];
        changed = true;
      }
    }
    return { values, changed };
  }

  /**
   * Change the state. Numbers follow at once, painting waits for the frame; of further changes in one frame the last
   * counts. Where computing takes most of the time, or the last frame came late, numbers wait for the frame too.
   */
  move(changes, { tell = true, settled = false } = {}) {
    const before = this.sets[this.key()]?.taken;
    this.change(changes);
    // another set of coefficients stands at its own numbers
    for (const [name, value] of Object.entries(this.sets[this.key()]?.taken ?? {})) {
      if (before?.[name] !== value) this.state[name] = value;
    }
    this.behind = true;
    let unknown = false;
    if (this.frame == null) {
      this.frame = requestAnimationFrame(() => (this.behind ? this.flush() : this.finish()));
      const wait = this.late || performance.now() - this.done < this.took;
      unknown = !wait && !this.follow();
    }
    this.moves += 1;
    if (tell || unknown) this.tellSoon(settled || unknown);
  }

  /** Follow the state now; false where its set is not known yet, and Python is then asked unless `quiet`. */
  flush({ quiet = false } = {}) {
    if (this.frame != null) cancelAnimationFrame(this.frame);
    // first: what fails below must not keep later moves from following
    this.frame = null;
    const known = this.follow();
    this.finish();
    if (!known && !quiet) this.tellSoon(true);
    return known;
  }

  /** Try neighbouring states while the page is idle, once, so that the first move of a reader is not the slowest. */
  warm() {
    if (this.warmed || globalThis.requestIdleCallback == null) return;
    this.warmed = true;
    const sliders = [...this.controls.values()].filter(({ kind, name }) => kind !== "choice" && this.state[name] != null);
    let left = sliders.length === 0 ? 0 : WARMING;
    const turn = (idle) => {
      for (; left > 0 && idle.timeRemaining() > IDLE; left--) this.nudge(sliders[left % sliders.length]);
      if (left > 0) requestIdleCallback(turn);
    };
    requestIdleCallback(turn);
  }

  /** Show the state a step beside, and the present one again before anybody sees it. */
  nudge(control) {
    const now = this.state;
    if (this.frame != null || this.behind || now[control.name] == null) return;
    const place = placeOf(control, now[control.name]);
    const beside = place + control.step > control.high ? place - control.step : place + control.step;
    for (const state of [{ ...now, [control.name]: valueAt(control, beside) }, now]) {
      this.state = state;
      this.show();
    }
  }

  follow() {
    const begin = performance.now();
    this.behind = false;
    const known = this.show();
    for (const follow of this.followers) follow(this, known);
    this.done = performance.now();
    this.took = this.done - begin;
    return known;
  }

  /** Write the present numbers into figures and words; false where they are not known. */
  show() {
    if (!this.compute()) return false;
    for (const place of this.places) place.write();
    for (const write of this.words) write(this);
    return true;
  }

  finish() {
    this.frame = null;
    // of these only the first and the last would be shown
    this.late = this.moves > 1;
    this.moves = 0;
    for (const place of this.places) place.paint();
  }

  /** Tell that what moved has come to rest, unless that was told. */
  rest() {
    if (this.telling != null || this.unrested) this.tellSoon(true);
  }

  tellSoon(settled) {
    if (this.tell == null) return;
    const now = () => {
      clearTimeout(this.telling);
      this.telling = null;
      this.unrested = !settled;
      this.tell(this.whole, settled);
    };
    if (settled) now();
    else this.telling ??= setTimeout(now, TELL_AFTER);
  }
}

/** Where an engine's numbers are shown: the figures of one Bokeh document. */
export class Place {
  constructor(engine, document, map, viewOf = () => null) {
    Object.assign(this, { engine, document, viewOf });
    this.models = new Map();
    this.own = new WeakSet();
    this.said = new WeakMap();
    this.figures = Object.entries(map).map(([key, figure]) => ({ key, shown: true, ...figure }));
    pinRanges(document);
    engine.places.add(this);
  }

  model(name) {
    if (!this.models.has(name)) this.models.set(name, this.document.get_model_by_name(name));
    return this.models.get(name);
  }

  /** Show a figure, or let it rest while nobody sees it. */
  show(key, shown) {
    for (const figure of this.figures) if (figure.key === key) figure.shown = shown;
  }

  write() {
    if (this.document.roots().length === 0) return;
    this.engine.warm();
    for (const { shown, name, sources, ranges, words = {}, scales = {} } of this.figures) {
      if (!shown) continue;
      this.pace(name);
      for (const [source, columns] of Object.entries(sources)) this.writeColumns(this.model(source), columns);
      for (const [range, [low, high]] of Object.entries(ranges)) {
        const model = this.model(range);
        if (model != null && this.engine.has(low)) writeRange(model, this.engine.read(low), this.engine.read(high));
      }
      for (const [title, { property, path, texts }] of Object.entries(words)) {
        if (this.engine.has(path)) this.say(title, property, texts[this.engine.read(path)]);
      }
      for (const [scale, { path, levels, format }] of Object.entries(scales)) {
        if (!this.engine.has(path)) continue;
        const { values } = this.engine.column([path]);
        this.say(scale, "major_label_overrides", new Map(levels.map((level, i) => [level, formatValue(values[i], format)])));
      }
    }
  }

  // Words are the page's own: each follows from the state, so no server need hear of them.
  say(name, property, words) {
    const model = this.model(name);
    const said = JSON.stringify([...words]);
    if (model == null || this.said.get(model) === said) return;
    this.said.set(model, said);
    model.setv({ [property]: words }, { sync: false });
  }

  // Columns are changed in place and announced once: assigning `source.data` would send every array back to Python.
  writeColumns(source, columns) {
    if (source == null) return;
    const { data } = source;
    let any = false;
    for (const [name, paths] of Object.entries(columns)) {
      const old = data instanceof Map ? data.get(name) : data[name];
      const mine = this.own.has(old) ? old : null;
      const found = this.engine.column(paths, mine) ?? { values: new Float64Array(old.length).fill(NaN), changed: true };
      if (!found.changed) continue;
      this.own.add(found.values);
      if (data instanceof Map) data.set(name, found.values);
      else data[name] = found.values;
      any = true;
    }
    if (any) source.change.emit();
  }

  pace(name) {
    const model = this.model(name);
    const view = model == null ? null : this.viewOf(model);
    if (view != null) pacePainting(view);
  }

  /** Paint at once what is due. */
  paint() {
    for (const { shown, name } of this.figures) {
      const model = this.model(name);
      const view = !shown || model == null ? null : this.viewOf(model);
      if (view != null) pacePainting(view)();
    }
  }

  remove() {
    this.engine.places.delete(this);
  }
}

/**
 * Start an engine on a bundle (scalewidgets/live/program.py).
 * `onFrame(engine, known)` is called after columns and ranges are written (`known` is false where Python must help), `onChange(state)` tells the state: at most once a
 * second while it moves, and at rest.
 */
export function connect({ bundle, onFrame, onChange }) {
  const engine = new Engine(bundle);
  if (onFrame) engine.followers.add(onFrame);
  engine.tell = onChange;
  return engine;
}
