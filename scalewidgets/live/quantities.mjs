// Reads quantities as people type them ("70B", "1B x 800", "512 H100 for 30 days"), as scalewidgets/units.py does.

const MULTIPLES = {
  k: "e3", m: "e6", b: "e9", g: "e9", t: "e12", p: "e15",
  thousand: "e3", million: "e6", billion: "e9", trillion: "e12",
};
const EXAMPLES =
  "70B, 1.4T, 350M, 6e23, 5.76e23 FLOP, 1,000,000, 1B x 800 or, as a training budget, 512 H100 for 30 days";
const WORK_EXAMPLE = "512 H100 for 30 days at 40 %";
const WORK =
  /^(?<count>.*?[^\s×*])\s*(?:[×*]|\sx\s)?\s*(?<![a-z0-9])(?<name>[a-z][a-z0-9]*?)s?\s+for\s+(?<time>.+?)(?:\s+at\s+(?<share>.+))?$/i;
const TIMES = /\s*(?:×|·|(?<!\*)\*(?!\*)|(?<!\b0)x)\s*(?=[$0-9.+-])/i;
const TERM =
  /^\s*(?<dollar>\$?)\s*(?<sign>[+-]?)(?:10(?:\^|\*\*)(?<power>[+-]?\d{1,3})|(?<digits>(?:\d{1,3}(?:,\d{3})+|\d+(?:_\d+)*)(?:\.\d*)?|\.\d+)(?<exponent>e[+-]?\d+)?)\s*(?<rest>.*?)\s*$/i;

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻";

// What stands behind a number: a multiple, a unit, or a multiple and a unit; null if it is neither.
function behind(rest, units) {
  const folded = rest.toLowerCase().replace(/[\s_]+/g, " ");
  if (Object.hasOwn(units, folded)) return { multiple: "", unit: units[folded] };
  for (const multiple of Object.keys(MULTIPLES).sort((a, b) => b.length - a.length)) {
    const unit = folded.slice(multiple.length).trim();
    if (folded.startsWith(multiple) && Object.hasOwn(units, unit)) return { multiple: MULTIPLES[multiple], unit: units[unit] };
  }
  return null;
}

/** Return a product of terms and what it measures. */
function read(text, units, refuse) {
  const quantities = new Set();
  const terms = text.split(TIMES);
  const numbers = terms.map((term) => {
    const found = TERM.exec(term)?.groups;
    const place = found && behind(found.rest, units);
    if (!place) refuse("is not a quantity");
    if (found.dollar && place.unit !== units[""]) refuse("has two units");
    if (place.multiple && (found.exponent || found.power)) refuse("has both a power of ten and a multiple");
    const [quantity, factor] = found.dollar ? units.$ : place.unit;
    if (quantity !== "number" && !(terms.length > 1 && quantity === "requests")) quantities.add(quantity);
    const digits = found.power ? `1e${found.power}` : found.digits.replace(/[,_]/g, "") + (found.exponent ?? "");
    return Number(found.sign + digits + place.multiple) * factor;
  });
  if (quantities.size > 1) refuse(`mixes ${[...quantities].sort().join(" and ")}`);
  if (numbers.some((number) => number < 0)) refuse("is negative");
  return [numbers.reduce((product, number) => product * number, 1), [...quantities][0] ?? "number"];
}

/** Return the FLOP of machines that work for a time. */
function readWork({ count, name, time, share }, { peaks, utilisation }, units, refuse) {
  const known = Object.keys(peaks).find((each) => each.toLowerCase() === name.toLowerCase());
  if (known == null) refuse(`names '${name}', which is none of ${Object.keys(peaks).join(", ")}`, WORK_EXAMPLE);
  const [machines, machinesOf] = read(count, units, refuse);
  const [hours, timeOf] = read(time, units, refuse);
  const [reached, reachedOf] = read(share ?? String(utilisation), units, refuse);
  if (machinesOf !== "number" || timeOf !== "hours" || reachedOf !== "number" || !(reached > 0 && reached <= 1)) {
    refuse("is not so many chips for so long", WORK_EXAMPLE);
  }
  return machines * peaks[known] * reached * hours * 3600;
}

/**
 * Return a non-negative number in plain units; throws an Error that says what was expected.
 * `units` gives quantity and factor of each unit by its folded name, "" for none. `unit` is the one expected; `machines`,
 * with `peaks` and `utilisation`, is what may be said to work for a time.
 */
export function parseQuantity(typed, what, units, { unit = "", machines = null } = {}) {
  const shown = `${what}: '${typed.length > 60 ? `${typed.slice(0, 57)}...` : typed}'`;
  const refuse = (why, examples = EXAMPLES) => {
    throw new Error(`${shown} ${why}; write it like ${examples}`);
  };
  const text = typed
    .replace(/[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻]+/g, (run) => `^${[...run].map((c) => "0123456789+-"[SUPERSCRIPTS.indexOf(c)]).join("")}`)
    .replaceAll("−", "-")
    .trim();
  if (text === "") refuse("is empty");
  const work = machines && WORK.exec(text)?.groups;
  const [value, quantity] = work ? [readWork(work, machines, units, refuse), "FLOP"] : read(text, units, refuse);
  const wanted = unit && units[unit.toLowerCase()][0];
  if (wanted && quantity !== "number" && quantity !== wanted) throw new Error(`${shown} is in ${quantity}; expected ${wanted}`);
  if (!Number.isFinite(value)) refuse("is infinite");
  return value + 0;
}
