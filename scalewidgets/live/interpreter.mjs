// Carry out a recorded graph (scalewidgets/ops/graph.py) again and again, each time only what depends on what moved.
// Shapes are known before values: every buffer is made once, constant steps are computed while loading, and steps of a
// solve that do not depend on its unknown are moved out of its loop.
import { OPERATIONS, sizeOf } from "./operations.mjs";

const GRAPH_FORMAT = "scalewidgets-graph/2";
// A crossing is known well enough when its bracket is about two roundings wide.
const RESOLUTION = 2 ** -52;
const WORDS = { nan: NaN, inf: Infinity, "-inf": -Infinity };

// Numbers as JSON holds them: plain, in nested lists, or the words for what JSON has no number for.
function flatNumbers(value) {
  if (typeof value === "number") return [value];
  if (typeof value === "string" && Object.hasOwn(WORDS, value)) return [WORDS[value]];
  if (value instanceof Float64Array) return value;
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    return Array.from(value).flatMap((item) => Array.from(flatNumbers(item)));
  }
  throw new Error(`${JSON.stringify(value) ?? String(value)} is not a number or an array of numbers`);
}

function written(shape) {
  return shape.length ? `an array of shape (${shape.join(", ")})` : "one number";
}

// Close in on where the body, a rising function of `unknown`, crosses zero: scalewidgets/ops/search.py says how.
function crossing(out, [start, stop], unknown, result, body, steps) {
  const spread = (x) => OPERATIONS.where(out, [{ shape: [], data: Float64Array.of(1) }, x, x], {});
  const fillLow = spread(start), fillHigh = spread(stop);
  const n = out.data.length, step = result.data.length === 1 ? 0 : 1, x = unknown.data;
  const [a, b, c, atA, atB, atC, share] = Array.from({ length: 7 }, () => new Float64Array(n));
  const bestIsB = (i) => Math.abs(atB[i]) < Math.abs(atA[i]) || atA[i] !== atA[i];
  const evaluate = () => { for (let k = 0; k < body.length; k++) body[k].run() };

  function begin() {
    fillLow();
    x.set(out.data);
    a.set(out.data);
    evaluate();
    for (let i = 0; i < n; i++) {
      const at = result.data[i * step];
      atA[i] = at !== at ? -Infinity : at;
    }
    fillHigh();
    x.set(out.data);
    b.set(out.data);
    evaluate();
    for (let i = 0; i < n; i++) {
      atB[i] = result.data[i * step];
      share[i] = 0.5;
      const noneBelow = atA[i] > 0, noneAbove = atB[i] <= 0;
      const low = a[i], atLow = atA[i];
      if (noneAbove) { a[i] = b[i]; atA[i] = atB[i] }
      if (noneBelow) { b[i] = low; atB[i] = atLow }
    }
  }

  // Say where to look next; false once everything is found.
  function next() {
    let open = false;
    for (let i = 0; i < n; i++) {
      const isB = bestIsB(i), best = isB ? b[i] : a[i], width = b[i] - a[i];
      const least = (RESOLUTION * Math.abs(best)) / Math.abs(width);
      if (least <= 0.5 && (isB ? atB[i] : atA[i]) !== 0) {
        open = true;
        x[i] = a[i] + Math.min(Math.max(share[i], least), 1 - least) * width;
      } else x[i] = best;
    }
    return open;
  }

  function close() {
    for (let i = 0; i < n; i++) {
      const at = result.data[i * step];
      if ((at <= 0) === (atA[i] <= 0)) { c[i] = a[i]; atC[i] = atA[i] }
      else { c[i] = b[i]; atC[i] = atB[i]; b[i] = a[i]; atB[i] = atA[i] }
      a[i] = x[i];
      atA[i] = at;
      const riseB = atB[i] - at, riseC = atC[i] - at, between = atB[i] - atC[i];
      const place = (a[i] - b[i]) / (c[i] - b[i]), value = riseB / between;
      const second = ((((c[i] - a[i]) / (b[i] - a[i])) * at) / riseC * atB[i]) / between;
      share[i] = value * value < place && (1 - value) * (1 - value) < 1 - place
        ? ((at / riseB) * atC[i]) / between - second
        : 0.5;
    }
  }

  return () => {
    begin();
    for (let round = 0; round < steps && next(); round++) {
      evaluate();
      close();
    }
    for (let i = 0; i < n; i++) out.data[i] = bestIsB(i) ? b[i] : a[i];
  };
}

class Builder {
  constructor() {
    this.known = new Map();
    this.count = 0;
  }

  // A value lives at a depth: 0 outside all solves, else that of the innermost unknown it depends on; -1 if constant.
  value(shape, depth, data = new Float64Array(sizeOf(shape))) {
    return { id: this.count++, shape, depth, data, changed: 0 };
  }

  // Add the steps of a graph to the open lists, one list a depth, and return the value of an output.
  place(graph, inputs, lists) {
    if (graph.format !== GRAPH_FORMAT) {
      const given = JSON.stringify(graph.format);
      throw new Error(`graph format ${given} is not known; this interpreter reads "${GRAPH_FORMAT}"`);
    }
    const values = [...inputs];
    for (const [op, args, shape, settings = {}] of graph.nodes) {
      values.push(this.node(op, args.map((i) => values[i]), shape, settings, lists));
    }
    return (path) => values[graph.outputs[path]];
  }

  // Equal steps on equal values are one, also when they come from different solves.
  node(op, args, shape, settings, lists) {
    const key = `${op} ${args.map((x) => x.id)} ${JSON.stringify(settings)}`;
    if (!this.known.has(key)) this.known.set(key, this.step(op, args, shape, settings, lists));
    return this.known.get(key);
  }

  step(op, args, shape, settings, lists) {
    if (op === "constant") return this.value(shape, -1, Float64Array.from(flatNumbers(settings.value)));
    const out = this.value(shape, Math.max(-1, ...args.map((x) => x.depth)));
    const run = op === "solve" ? this.solve(out, args, settings, lists) : this.make(op, out, args, settings);
    if (out.depth < 0) run();
    else lists[out.depth].push({ out, args, run });
    return out;
  }

  make(op, out, args, settings) {
    if (!Object.hasOwn(OPERATIONS, op)) {
      const known = [...Object.keys(OPERATIONS), "solve"].sort().join(", ");
      throw new Error(`operation "${op}" is not known to this interpreter; it knows ${known}`);
    }
    return OPERATIONS[op](out, args, settings);
  }

  solve(out, [low, high, ...captured], { body, steps }, lists) {
    const depth = Math.max(out.depth, 0);
    const unknown = this.value(out.shape, depth + 1);
    const inner = [...lists.slice(0, depth + 1), []];
    const result = this.place(body, [unknown, ...captured], inner)("");
    if (result.data.length !== 1 && sizeOf(result.shape) !== sizeOf(out.shape)) {
      throw new Error(`solve: the function gives ${written(result.shape)} where the answer is ${written(out.shape)}`);
    }
    return crossing(out, [low, high], unknown, result, inner[depth + 1], steps);
  }
}

// Make a program of a graph's JSON: set inputs, run, read outputs. Buffers of outputs are reused by the next run.
export function compile(graph) {
  const builder = new Builder();
  const given = new Map(graph.inputs.map(([name, shape]) => [name, builder.value(shape, 0)]));
  const steps = [];
  const find = builder.place(graph, [...given.values()], [steps]);
  const outputs = new Map(Object.keys(graph.outputs).map((path) => [path, find(path)]));
  const missing = new Set(given.keys());
  let now = 0;

  function named(map, what, name) {
    if (map.has(name)) return map.get(name);
    throw new Error(`the graph has no ${what} "${name}"; it has ${[...map.keys()].join(", ")}`);
  }

  return {
    inputs: Object.fromEntries(graph.inputs),
    outputs: [...outputs.keys()],
    set(name, value) {
      const input = named(given, "input", name);
      const numbers = flatNumbers(value);
      if (numbers.length !== input.data.length) {
        throw new Error(`input "${name}" is ${written(input.shape)}; it was given ${numbers.length} numbers`);
      }
      if (!missing.delete(name) && input.data.every((x, i) => Object.is(x, numbers[i]))) return;
      input.data.set(numbers);
      input.changed = now + 1;
    },
    run() {
      if (missing.size) throw new Error(`inputs are not set yet: ${[...missing].join(", ")}`);
      const first = now++ === 0;
      for (let k = 0; k < steps.length; k++) {
        const { out, args, run } = steps[k];
        let moved = first;
        for (let i = 0; i < args.length && !moved; i++) moved = args[i].changed === now;
        if (!moved) continue;
        const before = out.data[0];
        run();
        // a single number that stayed the same, such as "is anything served", moves nothing behind it
        if (first || out.data.length > 1 || !Object.is(before, out.data[0])) out.changed = now;
      }
    },
    output: (path) => named(outputs, "output", path).data,
    shape: (path) => named(outputs, "output", path).shape,
    changed: (path) => now > 0 && named(outputs, "output", path).changed === now,
  };
}
