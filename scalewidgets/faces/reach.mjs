// For those who use a slider without seeing or dragging it: names of handles, ten steps with shift, new results read out.
import { setAttribute } from "./elements.mjs";

export const KEYS = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 };
export const STEPS = 10;
const SPEAK_AFTER = 900; // ms of rest before a screen reader is told the new numbers

/** Carry out shift and an arrow key on a handle inside `root` as ten steps; `move` takes their number. */
export function stepWithShift(root, move, signal) {
  const act = (event) => {
    if (!event.shiftKey || !(event.key in KEYS)) return;
    if (!event.composedPath()[0].classList?.contains("noUi-handle")) return;
    // the slider's own keys would add a step
    event.preventDefault();
    event.stopImmediatePropagation();
    move(STEPS * KEYS[event.key]);
  };
  root.addEventListener("keydown", act, { capture: true, signal });
}

/** Say what the handle inside `root` sets and where it stands; the track knows only the logarithm. */
export function nameHandle(root, control, shown) {
  const handle = root?.querySelector(".noUi-handle");
  if (handle == null) return;
  const value = [shown, shown === "off" ? "" : control.unit].filter(Boolean).join(" ");
  setAttribute(handle, "aria-label", `${control.label}: ${value}`);
  setAttribute(handle, "aria-valuetext", value);
}

/** Give a switch its words as a name, and let a click on them move it: Bokeh's stand beside the box and mean nothing to it. */
export function nameSwitch(root) {
  const box = root?.querySelector("input"), words = root?.querySelector(".bk-label");
  if (box == null || words == null || box.hasAttribute("aria-label")) return;
  box.setAttribute("aria-label", words.textContent);
  words.style.cursor = "pointer";
  words.addEventListener("click", () => box.click());
}

/** Return what stands in elements, word by word; innerText would read differently before they are on the page. */
export function wordsOf(elements) {
  const words = [];
  for (const element of elements) {
    const walker = element.ownerDocument.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      if (!walker.currentNode.parentElement.closest("[hidden]")) words.push(walker.currentNode.data);
    }
  }
  return words.join(" ").replace(/\s+/g, " ").trim();
}

/** Reads new results out once they have come to rest; what stands there at first is read as part of the page. */
export class Speaker {
  constructor(element) {
    this.element = element;
    element.setAttribute("role", "status");
    element.setAttribute("aria-live", "polite");
  }

  /** Note what stands there already; `elements` is a function, since a slot may be drawn anew. */
  begin(elements) {
    this.said = wordsOf(elements());
  }

  /** Have elements read out once their numbers rest. */
  soon(elements) {
    clearTimeout(this.timer);
    if (!this.said) this.begin(elements);
    this.timer = setTimeout(() => {
      const said = wordsOf(elements());
      if (this.said !== said) this.element.textContent = said;
      this.said = said;
    }, SPEAK_AFTER);
  }

  stop() {
    clearTimeout(this.timer);
  }
}
