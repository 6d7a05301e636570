// What every portable operation means in JavaScript: one plain loop each over flat arrays of doubles.
// The table at the end gives, for each name, a function (out, args, settings) -> a function that computes `out.data`.
// Arrays are {shape, data}. Truth values are 1 and 0; every number but 0 is true, NaN too, as in NumPy.

export function sizeOf(shape) {
  let size = 1;
  for (const n of shape) size *= n;
  return size;
}

// Say how operands walk beside an array of `shape`: `starts` holds, for every run of `length` values, where each
// operand begins; within a run it moves on by its step, 0 or 1. Axes along which all go on evenly are merged.
function walk(shape, operands) {
  const axes = [];
  const strides = operands.map(() => 1);
  for (let back = 1; back <= shape.length; back++) {
    const n = shape[shape.length - back];
    const steps = operands.map((own, k) => ((own[own.length - back] ?? 1) === 1 ? 0 : strides[k]));
    operands.forEach((own, k) => { strides[k] *= own[own.length - back] ?? 1 });
    if (n === 1) continue;
    const inner = axes.at(-1);
    if (inner && steps.every((step, k) => step === inner.steps[k] * inner.n)) inner.n *= n;
    else axes.push({ n, steps });
  }
  const { n: length, steps } = axes.shift() ?? { n: 1, steps: operands.map(() => 0) };
  const runs = length ? sizeOf(shape) / length : 0;
  const starts = new Int32Array(runs * operands.length);
  for (let run = 0; run < runs; run++) {
    let rest = run;
    for (const axis of axes) {
      const place = rest % axis.n;
      rest = (rest - place) / axis.n;
      axis.steps.forEach((step, k) => { starts[run * operands.length + k] += place * step });
    }
  }
  return { starts, length, steps };
}

// The place in an operand of `own` shape behind every place of an array of `shape`.
function places(own, shape) {
  const { starts, length, steps } = walk(shape, [own]);
  const found = new Int32Array(sizeOf(shape));
  starts.forEach((start, run) => {
    for (let i = 0; i < length; i++) found[run * length + i] = start + i * steps[0];
  });
  return found;
}

// C and NumPy say that 1 to any power, and -1 to an infinite one, is 1; JavaScript says NaN.
function powerOf(x, y) {
  return x === 1 || (x === -1 && (y === Infinity || y === -Infinity)) ? 1 : x ** y;
}

// Powers through the logarithm, where it loses nothing to speak of: several times as fast as x ** y, above all where
// each base meets many exponents. NaN in `logs` says that a base has no such logarithm.
function powers(out, x, logs, y, starts, length, dx, dy) {
  for (let i = 0; i < x.length; i++) logs[i] = x[i] > 0 && x[i] < Infinity ? Math.log(x[i]) : NaN;
  for (let s = 0, o = 0; s < starts.length; s += 2)
    for (let i = starts[s], j = starts[s + 1], end = o + length; o < end; i += dx, j += dy) {
      const z = y[j] * logs[i];
      out[o++] = z > -700 && z < 700 ? Math.exp(z) : powerOf(x[i], y[j]);
    }
}

function softplusOf(x) {
  return (x > 0 ? x : 0) + Math.log1p(Math.exp(x > 0 ? -x : x));
}

function logaddexpOf(x, y) {
  return Math.max(x, y) + softplusOf(x === y ? 0 : x >= y ? y - x : x - y);
}

// Loops over two operands. They are written out one by one: a loop that is handed a function is several times slower.
const PAIRS = {
  add(out, x, y, starts, length, dx, dy) {
    for (let s = 0, o = 0; s < starts.length; s += 2)
      for (let i = starts[s], j = starts[s + 1], end = o + length; o < end; i += dx, j += dy)
        out[o++] = x[i] + y[j];
  },
  subtract(out, x, y, starts, length, dx, dy) {
    for (let s = 0, o = 0; s < starts.length; s += 2)
      for (let i = starts[s], j = starts[s + 1], end = o + length; o < end; i += dx, j += dy)
        out[o++] = x[i] - y[j];
  },
  multiply(out, x, y, starts, length, dx, dy) {
    for (let s = 0, o = 0; s < starts.length; s += 2)
      for (let i = starts[s], j = starts[s + 1], end = o + length; o < end; i += dx, j += dy)
        out[o++] = x[i] * y[j];
  },
  divide(out, x, y, starts, length, dx, dy) {
    for (let s = 0, o = 0; s < starts.length; s += 2)
      for (let i = starts[s], j = starts[s + 1], end = o + length; o < end; i += dx, j += dy)
        out[o++] = x[i] / y[j];
  },
  less(out, x, y, starts, length, dx, dy) {
    for (let s = 0, o = 0; s < starts.length; s += 2)
      for (let i = starts[s], j = starts[s + 1], end = o + length; o < end; i += dx, j += dy)
        out[o++] = x[i] < y[j] ? 1 : 0;
  },
  less_equal(out, x, y, starts, length, dx, dy) {
    for (let s = 0, o = 0; s < starts.length; s += 2)
      for (let i = starts[s], j = starts[s + 1], end = o + length; o < end; i += dx, j += dy)
        out[o++] = x[i] <= y[j] ? 1 : 0;
  },
  equal(out, x, y, starts, length, dx, dy) {
    for (let s = 0, o = 0; s < starts.length; s += 2)
      for (let i = starts[s], j = starts[s + 1], end = o + length; o < end; i += dx, j += dy)
        out[o++] = x[i] === y[j] ? 1 : 0;
  },
  not_equal(out, x, y, starts, length, dx, dy) {
    for (let s = 0, o = 0; s < starts.length; s += 2)
      for (let i = starts[s], j = starts[s + 1], end = o + length; o < end; i += dx, j += dy)
        out[o++] = x[i] !== y[j] ? 1 : 0;
  },
  and(out, x, y, starts, length, dx, dy) {
    for (let s = 0, o = 0; s < starts.length; s += 2)
      for (let i = starts[s], j = starts[s + 1], end = o + length; o < end; i += dx, j += dy)
        out[o++] = x[i] !== 0 && y[j] !== 0 ? 1 : 0;
  },
  or(out, x, y, starts, length, dx, dy) {
    for (let s = 0, o = 0; s < starts.length; s += 2)
      for (let i = starts[s], j = starts[s + 1], end = o + length; o < end; i += dx, j += dy)
        out[o++] = x[i] !== 0 || y[j] !== 0 ? 1 : 0;
  },
  minimum(out, x, y, starts, length, dx, dy) {
    for (let s = 0, o = 0; s < starts.length; s += 2)
      for (let i = starts[s], j = starts[s + 1], end = o + length; o < end; i += dx, j += dy)
        out[o++] = Math.min(x[i], y[j]);
  },
  maximum(out, x, y, starts, length, dx, dy) {
    for (let s = 0, o = 0; s < starts.length; s += 2)
      for (let i = starts[s], j = starts[s + 1], end = o + length; o < end; i += dx, j += dy)
        out[o++] = Math.max(x[i], y[j]);
  },
  logaddexp(out, x, y, starts, length, dx, dy) {
    for (let s = 0, o = 0; s < starts.length; s += 2)
      for (let i = starts[s], j = starts[s + 1], end = o + length; o < end; i += dx, j += dy)
        out[o++] = logaddexpOf(x[i], y[j]);
  },
};

function where(out, condition, x, y, starts, length, dc, dx, dy) {
  for (let s = 0, o = 0; s < starts.length; s += 3)
    for (
      let c = starts[s], i = starts[s + 1], j = starts[s + 2], end = o + length;
      o < end;
      c += dc, i += dx, j += dy
    ) out[o++] = condition[c] !== 0 ? x[i] : y[j];
}

// Loops over one operand, which always has the shape of the result.
const SINGLES = {
  negative(out, x) { for (let i = 0; i < out.length; i++) out[i] = -x[i] },
  not(out, x) { for (let i = 0; i < out.length; i++) out[i] = x[i] === 0 ? 1 : 0 },
  absolute(out, x) { for (let i = 0; i < out.length; i++) out[i] = Math.abs(x[i]) },
  exp(out, x) { for (let i = 0; i < out.length; i++) out[i] = Math.exp(x[i]) },
  log(out, x) { for (let i = 0; i < out.length; i++) out[i] = Math.log(x[i]) },
  log1p(out, x) { for (let i = 0; i < out.length; i++) out[i] = Math.log1p(x[i]) },
  expm1(out, x) { for (let i = 0; i < out.length; i++) out[i] = Math.expm1(x[i]) },
  sqrt(out, x) { for (let i = 0; i < out.length; i++) out[i] = Math.sqrt(x[i]) },
  sin(out, x) { for (let i = 0; i < out.length; i++) out[i] = Math.sin(x[i]) },
  cos(out, x) { for (let i = 0; i < out.length; i++) out[i] = Math.cos(x[i]) },
  tanh(out, x) { for (let i = 0; i < out.length; i++) out[i] = Math.tanh(x[i]) },
  floor(out, x) { for (let i = 0; i < out.length; i++) out[i] = Math.floor(x[i]) },
  round(out, x) { for (let i = 0; i < out.length; i++) out[i] = Math.floor(x[i] + 0.5) },
  softplus(out, x) { for (let i = 0; i < out.length; i++) out[i] = softplusOf(x[i]) },
  isfinite(out, x) { for (let i = 0; i < out.length; i++) out[i] = Number.isFinite(x[i]) ? 1 : 0 },
};

// Folds turn `n` values, from place `at` on and `step` apart, into one.
function sumOf(x, at, step, n) {
  let sum = 0;
  for (let k = 0; k < n; k++, at += step) sum += x[at];
  return sum;
}

function meanOf(x, at, step, n) {
  return sumOf(x, at, step, n) / n;
}

function leastOf(x, at, step, n) {
  let least = Infinity;
  for (let k = 0; k < n; k++, at += step) least = Math.min(least, x[at]);
  return least;
}

function greatestOf(x, at, step, n) {
  let greatest = -Infinity;
  for (let k = 0; k < n; k++, at += step) greatest = Math.max(greatest, x[at]);
  return greatest;
}

function argminOf(x, at, step, n) {
  let place = 0, least = Infinity;
  for (let k = 0; k < n; k++, at += step) if (x[at] < least) { least = x[at]; place = k }
  return place;
}

function logsumexpOf(x, at, step, n) {
  const greatest = greatestOf(x, at, step, n);
  const top = Number.isFinite(greatest) ? greatest : 0;
  let sum = 0;
  for (let k = 0; k < n; k++, at += step) sum += Math.exp(x[at] - top);
  return top + Math.log(sum);
}

// Quickselect: afterwards values[k] is what sorting would put there, with nothing greater before it.
function select(values, k) {
  for (let low = 0, high = values.length - 1; low < high; ) {
    const pivot = values[(low + high) >> 1];
    let i = low, j = high;
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (values[j] > pivot) j--;
      if (i <= j) {
        const moved = values[i];
        values[i++] = values[j];
        values[j--] = moved;
      }
    }
    if (k <= j) high = j;
    else if (k >= i) low = i;
    else return values[k];
  }
  return values[k];
}

function quantileOf({ q }, n) {
  const values = new Float64Array(n);
  const place = q * (n - 1), before = Math.floor(place), share = place - before;
  return (x, at, step) => {
    if (n === 0) return NaN;
    for (let k = 0; k < n; k++, at += step) {
      if (x[at] !== x[at]) return NaN;
      values[k] = x[at];
    }
    const low = select(values, before);
    if (share === 0) return low;
    let high = Infinity;
    for (let k = before + 1; k < n; k++) if (values[k] < high) high = values[k];
    return low === high ? low : low * (1 - share) + high * share;
  };
}

function cumsum(out, x, n) {
  for (let i = 0; i < out.length; i++) out[i] = i % n ? out[i - 1] + x[i] : x[i];
}

function linspace(out, start, stop, starts, stops, n) {
  const last = Math.max(n - 1, 1);
  for (let row = 0, o = 0; row < starts.length; row++) {
    const a = start[starts[row]], b = stop[stops[row]];
    for (let k = 0; k < n; k++) {
      const share = k / last;
      out[o++] = a * (1 - share) + b * share;
    }
  }
}

function take(out, x, index, rows, at, n) {
  for (let i = 0; i < out.length; i++) {
    const k = index[at[i]];
    out[i] = k !== k || n === 0 ? NaN : x[rows[i] * n + Math.floor(Math.min(Math.max(k, 0), n - 1))];
  }
}

function move(out, x, to, from) {
  for (let i = 0; i < to.length; i++) out[to[i]] = x[from[i]];
}

// From here on: what is known once shapes are, so that carrying out is only a call.
const one = (loop) => (out, [x]) => () => loop(out.data, x.data);

const two = (loop) => (out, [x, y]) => {
  const { starts, length, steps: [dx, dy] } = walk(out.shape, [x.shape, y.shape]);
  return () => loop(out.data, x.data, y.data, starts, length, dx, dy);
};

const fold = (make) => (out, [x], settings) => {
  const axis = settings.axis < 0 ? settings.axis + x.shape.length : settings.axis;
  const n = x.shape[axis], step = sizeOf(x.shape.slice(axis + 1));
  const folded = make(settings, n);
  return () => {
    for (let o = 0; o < out.data.length; o++) {
      out.data[o] = folded(x.data, ((o / step) | 0) * n * step + (o % step), step, n);
    }
  };
};

// Rearrangements: `source(place)` says which operand, and which place of it, stands at a place of the result.
const rearranged = (source) => (out, args, settings) => {
  const find = source(out.shape, args.map((x) => x.shape), settings);
  const moves = args.map((x) => ({ x, to: [], from: [] }));
  for (let place = 0; place < out.data.length; place++) {
    const [operand, from] = find(place);
    moves[operand].to.push(place);
    moves[operand].from.push(from);
  }
  for (const part of moves) {
    part.to = Int32Array.from(part.to);
    part.from = Int32Array.from(part.from);
  }
  return () => { for (const { x, to, from } of moves) move(out.data, x.data, to, from) };
};

const alongLast = (shape, other) => (place) => {
  const n = shape.at(-1), column = place % n;
  return [0, ((place - column) / n) * other.length + other.start + column * other.step];
};

function concatenated(shape, operands) {
  const lead = shape.slice(0, -1), total = shape.at(-1);
  const rows = operands.map((own) => places(own.slice(0, -1), lead));
  const owner = operands.flatMap((own, k) => Array.from({ length: own.at(-1) }, (_, column) => [k, column]));
  return (place) => {
    const [k, column] = owner[place % total];
    return [k, rows[k][Math.floor(place / total)] * operands[k].at(-1) + column];
  };
}

function stacked(shape, operands) {
  const found = operands.map((own) => places(own, shape.slice(0, -1)));
  return (place) => [place % operands.length, found[place % operands.length][Math.floor(place / operands.length)]];
}

function partBegin(start, n) {
  return start < 0 ? Math.max(start + n, 0) : Math.min(start, n);
}

export const OPERATIONS = {
  ...Object.fromEntries(Object.entries(PAIRS).map(([name, loop]) => [name, two(loop)])),
  ...Object.fromEntries(Object.entries(SINGLES).map(([name, loop]) => [name, one(loop)])),
  where: (out, [condition, x, y]) => {
    const { starts, length, steps: [dc, dx, dy] } = walk(out.shape, [condition.shape, x.shape, y.shape]);
    return () => where(out.data, condition.data, x.data, y.data, starts, length, dc, dx, dy);
  },
  power: (out, [x, y]) => {
    const { starts, length, steps: [dx, dy] } = walk(out.shape, [x.shape, y.shape]);
    const logs = new Float64Array(x.data.length);
    return () => powers(out.data, x.data, logs, y.data, starts, length, dx, dy);
  },
  sum: fold(() => sumOf),
  mean: fold(() => meanOf),
  min: fold(() => leastOf),
  max: fold(() => greatestOf),
  argmin: fold(() => argminOf),
  logsumexp: fold(() => logsumexpOf),
  quantile: fold(quantileOf),
  cumsum: (out, [x]) => () => cumsum(out.data, x.data, x.shape.at(-1)),
  arange: (out) => () => { for (let k = 0; k < out.data.length; k++) out.data[k] = k },
  linspace: (out, [start, stop], { n }) => {
    const lead = out.shape.slice(0, -1), starts = places(start.shape, lead), stops = places(stop.shape, lead);
    return () => linspace(out.data, start.data, stop.data, starts, stops, n);
  },
  take: (out, [x, index]) => {
    const rows = places(x.shape.slice(0, -1), out.shape), at = places(index.shape, out.shape);
    return () => take(out.data, x.data, index.data, rows, at, x.shape.at(-1));
  },
  concatenate: rearranged(concatenated),
  stack: rearranged(stacked),
  reverse: rearranged((shape) => alongLast(shape, { length: shape.at(-1), start: shape.at(-1) - 1, step: -1 })),
  part: rearranged((shape, [own], { start }) =>
    alongLast(shape, { length: own.at(-1), start: partBegin(start, own.at(-1)), step: 1 })),
  repeat: rearranged((shape) => (place) => [0, Math.floor(place / shape.at(-1))]),
  column: rearranged(() => (place) => [0, place]),
  row: rearranged(() => (place) => [0, place]),
};
