// Keeps cards, sentences, the formula and the code of an explorer up to date, by the marks that explorers/texts.py set.
import { formatPm, formatValue } from "./formats.mjs";

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

/** Return a number as Python's repr writes a float. */
export function pythonNumber(value) {
  const [mantissa, power] = value.toExponential().split("e");
  const exponent = Number(power);
  if (exponent >= -4 && exponent < 16) {
    const text = String(value);
    return /[.e]/.test(text) ? (text.includes("e") ? value.toFixed(-exponent + mantissa.replace(/[-.]/g, "").length - 1) : text) : `${text}.0`;
  }
  const digits = String(Math.abs(exponent)).padStart(2, "0");
  return `${mantissa}e${exponent < 0 ? "-" : "+"}${digits}`;
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
    const control = engine.controls.get(part.name);
    const value = engine.valueOf(control);
    if (!part.always && value === (part.default ?? control.default)) continue;
    shown.push(`${part.name}=${value == null ? "None" : pythonNumber(value)}`);
  }
  return `${before}${shown.join(", ")})`;
}

/** Return a sentence with its numbers. */
export function sentenceText([text, slots], read) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => {
    if (!Object.hasOwn(slots, name)) return whole;
    const [path, format] = slots[name];
    return formatValue(read(path), format);
  });
}

function setText(element, text) {
  if (element != null && element.textContent !== text) element.textContent = text;
}

function applies(when, read) {
  return when === "" || read(when) > 0;
}

function fillCards(slot, engine) {
  const read = (path) => engine.read(path);
  const beyond = engine.has("notes/beyond") ? read("notes/beyond") : 1;
  const elements = slot.querySelectorAll("[data-card]");
  engine.set.cards.forEach(([name, format, unit, when], i) => {
    const element = elements[i];
    if (element == null) return;
    element.hidden = !applies(when, read);
    if (element.hidden) return;
    const text = cardText(["value", "low", "high"].map((part) => read(`cards/${name}/${part}`)), format, beyond);
    const cut = /±|\(/.test(text) ? text.indexOf(" ") : -1;
    const [value, rest] = cut < 0 ? [text, ""] : [text.slice(0, cut), text.slice(cut + 1)];
    setText(element.querySelector(".sw-card-value"), value);
    setText(element.querySelector(".sw-card-note"), [rest, unit].filter(Boolean).join(" "));
  });
}

function fillNotes(slot, engine) {
  const read = (path) => engine.read(path);
  const elements = slot.querySelectorAll("[data-sentence]");
  engine.set.sentences.forEach((sentence, i) => {
    if (elements[i] == null) return;
    elements[i].hidden = !applies(sentence[2], read);
    if (!elements[i].hidden) setText(elements[i], sentenceText(sentence, read));
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
