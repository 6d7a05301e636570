// Carry out a recorded graph (scalewidgets/ops/graph.py) again and again, each time only what depends on what moved.
// Shapes are known before values: every buffer is made once, constant steps are computed while loading, and steps of a
// solve that do not depend on its unknown are moved out of its loop.
import { OPERATIONS, sizeOf } from "./operations.mjs";

const GRAPH_FORMAT = "scalewidgets-graph/1";
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

// Bisect where the body, a rising function of `unknown`, crosses zero. Once no bracket moves any more, none ever will.
function bisection(out, [start, stop], unknown, result, body, steps) {
  const spread = (x) => OPERATIONS.where(out, [{ shape: [], data: Float64Array.of(1) }, x, x], {});
  const fillLow = spread(start), fillHigh = spread(stop);
  const n = out.data.length, step = result.data.length === 1 ? 0 : 1;
  const low = new Float64Array(n), high = new Float64Array(n), middle = unknown.data;
  return () => {
    fillLow();
    low.set(out.data);
    fillHigh();
    high.set(out.data);
    for (let round = 0, moved = true; round < steps && moved; round++) {
      moved = false;
      for (let i = 0; i < n; i++) middle[i] = low[i] + (high[i] - low[i]) / 2;
      for (let k = 0; k < body.length; k++) body[k].run();
      for (let i = 0; i < n; i++) {
        const end = result.data[i * step] <= 0 ? low : high;
        if (end[i] !== middle[i]) {
          end[i] = middle[i];
          moved = true;
        }
      }
    }
    for (let i = 0; i < n; i++) out.data[i] = low[i] + (high[i] - low[i]) / 2;
  };
}

class Builder {
  constructor() {
    this.known = new Map();
    this.count = 0;
  }

  // A value lives at a depth: 0 outside all solves, else that of the innermost unknown it depends on; -1 if constant.
  value(shape, depth, data = new Float64Array(sizeOf(shape)).fill(NaN)) {
    return { id: this.count++, shape, depth, data, changed: 0 };
  }

  // Add the steps of a graph to the open lists, one list a depth, and return the value of an output.
  place(graph, inputs, lists) {
    if (graph.format !== GRAPH_FORMAT) {
      const given = JSON.stringify(graph.format);
      throw new Error(`graph format ${given} is not known; this interpreter reads "${GRAPH_FORMAT}"`);
    }
    const values = [...inputs];
    for (const node of graph.nodes) {
      values.push(this.node(node.op, node.args.map((i) => values[i]), node.shape, node.static ?? {}, lists));
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
    return bisection(out, [low, high], unknown, result, inner[depth + 1], steps);
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
