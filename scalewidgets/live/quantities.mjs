// Reads quantities as people type them ("70B", "5.76e23 FLOP", "1B x 800"), as scalewidgets/units.py does.

const MULTIPLES = {
  k: "e3", m: "e6", b: "e9", g: "e9", t: "e12", p: "e15",
  thousand: "e3", million: "e6", billion: "e9", trillion: "e12",
};
const EXAMPLES = "70B, 1.4T, 350M, 6e23, 5.76e23 FLOP, 1,000,000 or 1B x 800";
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

/**
 * Return a non-negative number in plain units; throws an Error that says what was expected.
 * `units` gives quantity and factor of each unit by its folded name, "" for none.
 */
export function parseQuantity(typed, what, units) {
  const refuse = (why) => {
    throw new Error(`${what}: '${typed.length > 60 ? `${typed.slice(0, 57)}...` : typed}' ${why}; write it like ${EXAMPLES}`);
  };
  const text = typed
    .replace(/[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻]+/g, (run) => `^${[...run].map((c) => "0123456789+-"[SUPERSCRIPTS.indexOf(c)]).join("")}`)
    .replaceAll("−", "-")
    .trim();
  if (text === "") refuse("is empty");
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
  const value = numbers.reduce((product, number) => product * number, 1);
  if (numbers.some((number) => number < 0)) refuse("is negative");
  if (!Number.isFinite(value)) refuse("is infinite");
  return value + 0;
}
