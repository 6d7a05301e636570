// Write numbers as scalewidgets/formats.py does: the same table of formats, the same styles, the same text.
// toExponential and toFixed round the exact binary value with halves away from zero, as the Python side does.

const MINUS = "−";
const SUFFIXES = [[12, "T"], [9, "B"], [6, "M"], [3, "k"]];

// Round a positive number to so many digits: ["724", 10] stands for 7.24e10.
function significant(value, digits) {
  const [mantissa, exponent] = value.toExponential(digits - 1).split("e");
  return [mantissa.replace(".", ""), Number(exponent)];
}

function strip(text) {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

// Write digits with their decimal point: ("724", 1) is 72.4 and ("724", -2) is 0.0724.
export function placed(figures, exponent) {
  if (exponent < 0) return "0." + "0".repeat(-exponent - 1) + figures;
  const whole = figures.slice(0, exponent + 1).padEnd(exponent + 1, "0"), rest = figures.slice(exponent + 1);
  return rest ? `${whole}.${rest}` : whole;
}

function power(value, digits, keepZeros = false) {
  if (value === 0) return "0";
  const [figures, exponent] = significant(value, digits);
  const mantissa = placed(figures, 0);
  return `${keepZeros ? mantissa : strip(mantissa)}e${exponent}`;
}

function grouped(value, digits) {
  return value < 1e15 ? value.toFixed(0).replace(/\B(?=(\d{3})+$)/g, ",") : power(value, digits);
}

function plain(value, digits, keepZeros = false) {
  if (value === 0) return "0";
  const [figures, exponent] = significant(value, digits);
  if (exponent < -4 || exponent >= 6) return power(value, digits);
  if (exponent >= 3) return grouped(value, digits);
  const text = placed(figures, exponent);
  return keepZeros ? text : strip(text);
}

function ungrouped(value, digits, keepZeros) {
  return plain(value, digits, keepZeros).replaceAll(",", "");
}

function si(value, digits, keepZeros) {
  if (value === 0) return "0";
  const [figures, exponent] = significant(value, digits);
  if (exponent >= 15) return power(value, digits);
  for (const [ten, suffix] of SUFFIXES) {
    if (exponent < ten) continue;
    const text = placed(figures, exponent - ten);
    return (keepZeros ? text : strip(text)) + suffix;
  }
  return plain(value, digits);
}

function decimals(value, digits) {
  return value < 1e6 ? value.toFixed(digits) : power(value, digits);
}

function days(value, digits) {
  if (value >= 1e6) return power(value, digits);
  const tenths = value.toFixed(1);
  if (tenths === "0.0") return plain(value, 1);
  return tenths.length === 3 ? tenths : grouped(value, digits);
}

const STYLES = { days, decimals, grouped, plain, ungrouped, power, si };

function format(style, settings = {}) {
  return { style, digits: 3, keepZeros: false, scale: 1, prefix: "", suffix: "", spread: "plain", ...settings };
}

export const FORMATS = {
  short: format("si", { keepZeros: true, spread: "si" }),
  tick: format("si", { spread: "si" }),
  power: format("power", { spread: "power" }),
  loss: format("decimals"),
  ratio: format("plain", { keepZeros: true }),
  percent: format("plain", { scale: 100, suffix: " %" }),
  factor: format("plain", { keepZeros: true, prefix: "×" }),
  hours: format("si", { spread: "si" }),
  days: format("days", { suffix: " d" }),
  money: format("si", { prefix: "$", spread: "si" }),
  count: format("grouped", { spread: "grouped" }),
  plain: format("plain"),
  formula: format("ungrouped", { digits: 4 }),
  table: format("plain", { digits: 6 }),
};

function formatOf(key) {
  if (Object.hasOwn(FORMATS, key)) return FORMATS[key];
  throw new Error(`the table of formats has no format "${key}"; it has ${Object.keys(FORMATS).join(", ")}`);
}

function write(value, { scale, suffix }, style, digits, keepZeros, prefix) {
  const number = value * scale;
  if (Number.isNaN(number)) return "–";
  if (!Number.isFinite(number)) return number > 0 ? "∞" : MINUS + "∞";
  const text = STYLES[style](Math.abs(number), digits, keepZeros);
  const sign = number < 0 && !/^[0.]*$/.test(text) ? MINUS : "";
  return `${sign}${prefix}${text}${suffix}`;
}

// Write a number in one of the formats.
export function formatValue(value, key) {
  const own = formatOf(key);
  return write(value, own, own.style, own.digits, own.keepZeros, own.prefix);
}

// Write the half-width of an interval around such a number, in two digits.
function formatHalf(value, key) {
  const own = formatOf(key);
  return write(value, own, own.spread, 2, false, own.prefix === "×" ? "" : own.prefix);
}

// Write a number with its interval: one ±, two halves that differ, or a range that does not contain the number.
export function formatPm(value, low, high, key) {
  const text = formatValue(value, key);
  if (Number.isNaN(value) || Number.isNaN(low) || Number.isNaN(high)) return text;
  if (!(low <= value && value <= high)) return `${text} (${formatValue(low, key)} to ${formatValue(high, key)})`;
  const down = value === low ? 0 : Math.abs(low - value), up = value === high ? 0 : Math.abs(high - value);
  if (up === down || (Number.isFinite(up + down) && Math.max(up, down) <= 1.2 * Math.min(up, down))) {
    return `${text} ± ${formatHalf(up / 2 + down / 2, key)}`;
  }
  return `${text} (+${formatHalf(up, key)} ${MINUS}${formatHalf(down, key)})`;
}
