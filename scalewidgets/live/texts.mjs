// Keeps cards, sentences, the formula and the code of an explorer up to date, by the marks that explorers/texts.py set.
import { setHidden, setText } from "./elements.mjs";
import { formatPm, formatValue, placed } from "./formats.mjs";

// As in explorers/texts.py: an interval this narrow is rounding noise; this far beyond the runs it leads.
const FIXED = 1e-6;
const FAR = 100;

/** Return the text of a card; `numbers` are value, low and high. */
export function cardText([value, low, high], format, beyond) {
  if (!Number.isFinite(low) || !Number.isFinite(high) || high - low <= FIXED * Math.abs(value)) {
    return formatValue(value, format);
  }
  if (beyond > FAR) return `${formatValue(low, format)} to ${formatValue(high, format)}`;
  return formatPm(value, low, high, format);
}

const signed = (text, value) => (value > 0 ? `+${text}` : text);

/** Return what a card says of A; `numbers` are its value, and the change with its bounds. */
export function changeText([pinned, change, low, high], format, paired) {
  if (Number.isNaN(pinned)) return "";
  const a = `A ${formatValue(pinned, format)}`;
  if (Number.isNaN(change)) return `${a}, not comparable`;
  const least = FIXED * Math.abs(pinned);
  const fixed = !Number.isFinite(low) || !Number.isFinite(high) || high - low <= least;
  if (fixed && Math.abs(change) <= least) return `${a}, no change`;
  if (fixed) return `${a}, ${signed(formatValue(change, format), change)}`;
  return `${a}, ${signed(formatPm(change, low, high, format), change)}${paired ? "" : ", unpaired"}`;
}

/** Return value and bounds of a row of the table of the plan. */
export function rowTexts([value, low, high], format) {
  const bounds = high - low > FIXED * Math.abs(value) ? [low, high] : [NaN, NaN];
  return [value, ...bounds].map((number) => formatValue(number, format));
}

/** Return a number as Python, as a person would write it; scalewidgets/formats.py says how (`as_code`). */
export function pythonNumber(value) {
  if (value === 0) return "0";
  const [mantissa, power] = Math.abs(value).toExponential().split("e");
  const exponent = Number(power), figures = mantissa.replace(".", "");
  const plain = placed(figures, exponent), short = `${mantissa}e${exponent}`;
  return (value < 0 ? "-" : "") + ((exponent >= -4 && exponent <= 5) || plain.length < short.length ? plain : short);
}

/** Return what a control stands at as Python writes it; `value` is what its input takes. */
function pythonValue(control, now, value) {
  if (control.texts) return `'${now}'`;
  return value == null ? "None" : pythonNumber(value);
}

/** Return the lines of Python that recreate the state of an engine. */
export function codeText(engine) {
  const [before, parts] = engine.set.code;
  const shown = [];
  for (const part of parts) {
    if (typeof part === "string") {
      shown.push(part);
      continue;
    }
    if (part.name === "pinned") {
      if (engine.pinnedState) shown.push(`pinned={${pinnedText(engine, part.rest)}}`);
      continue;
    }
    const control = engine.controls.get(part.name);
    const value = engine.valueOf(control);
    if (!part.always && value === (part.default ?? control.default)) continue;
    shown.push(`${part.name}=${pythonValue(control, engine.state[part.name], value)}`);
  }
  return `${before}${shown.join(", ")})`;
}

/** Return the items of the dictionary that pins a state again; `rest` are those that no control moves. */
function pinnedText(engine, rest) {
  const items = [];
  for (const control of engine.controls.values()) {
    const { kind, name, input } = control, key = engine.pinnedState[name];
    if (kind === "choice" && input === "") {
      if (name !== "fit" || key !== engine.state.fit) items.push(`'${name}': '${key}'`);
      continue;
    }
    const value = engine.valueOf(control, engine.pinnedState);
    if (value !== control.default) items.push(`'${name}': ${pythonValue(control, key, value)}`);
  }
  return [...items, ...(rest ? [rest] : [])].join(", ");
}

/** Return a sentence with its numbers. */
export function sentenceText([text, slots], read) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => {
    if (!Object.hasOwn(slots, name)) return whole;
    const [path, format] = slots[name];
    return formatValue(read(path), format);
  });
}

function applies(when, read) {
  return when === "" || read(when) > 0;
}

/** Return what is set large on a card, the value, and what stands below it, its bounds. */
export function valueAndBounds(text) {
  const cut = text.search(/ [±(]/);
  return cut < 0 ? [text, ""] : [text.slice(0, cut), text.slice(cut + 1)];
}

function fillCards(slot, engine) {
  const read = (path) => engine.read(path);
  const beyond = engine.has("notes/beyond") ? read("notes/beyond") : 1;
  const elements = slot.querySelectorAll("[data-card]");
  engine.set.cards.forEach(([name, format, unit, when], i) => {
    const element = elements[i];
    if (element == null) return;
    setHidden(element, !applies(when, read));
    if (element.hidden) return;
    const text = cardText(["value", "low", "high"].map((part) => read(`cards/${name}/${part}`)), format, beyond);
    const [value, rest] = valueAndBounds(text);
    setText(element.querySelector(".sw-card-value"), value);
    setText(element.querySelector(".sw-card-note"), [rest, unit].filter(Boolean).join(" "));
    const change = element.querySelector(".sw-card-change");
    if (change == null) return;
    const numbers = ["pinned", "change", "change_low", "change_high"].map((part) => read(`cards/${name}/${part}`));
    setText(change, changeText(numbers, format, !(read("notes/unpaired") > 0)));
    setHidden(change, change.textContent === "");
  });
}

function fillNotes(slot, engine) {
  const read = (path) => engine.read(path);
  const elements = slot.querySelectorAll("[data-sentence]");
  engine.set.sentences.forEach((sentence, i) => {
    if (elements[i] == null) return;
    setHidden(elements[i], !applies(sentence[2], read));
    if (!elements[i].hidden) setText(elements[i], sentenceText(sentence, read));
  });
  const rows = slot.querySelectorAll("[data-row]");
  (engine.set.rows ?? []).forEach(([paths, format, when], i) => {
    if (rows[i] == null) return;
    setHidden(rows[i], !applies(when, read));
    if (rows[i].hidden) return;
    rowTexts(paths.map((path) => (path ? read(path) : NaN)), format).forEach((text, k) => setText(rows[i].cells[k + 1], text));
  });
  setText(slot.querySelector("[data-code]"), codeText(engine));
}

function fillFormula(slot, engine) {
  for (const element of slot.querySelectorAll("[data-coefficient]")) {
    const path = `inputs/coefficient.${element.getAttribute("data-coefficient")}`;
    if (engine.has(path)) setText(element, formatValue(engine.read(path), "formula"));
  }
}

const FILL = { cards: fillCards, notes: fillNotes, formula: fillFormula };

/** Write the texts of an engine's state into elements by slot; the HTML of a slot changes only with the set. */
export function writeTexts(engine, slots) {
  for (const [name, slot] of Object.entries(slots)) {
    if (slot == null || !(name in FILL)) continue;
    if (slot.shownSet !== engine.set) {
      slot.innerHTML = engine.set.texts[name];
      slot.shownSet = engine.set;
    }
    FILL[name](slot, engine);
  }
}
