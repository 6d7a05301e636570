// What an author leads readers through on a saved page: named states, and questions answered after a prediction.
import { setHidden } from "./elements.mjs";

const WALK = { ArrowRight: 1, PageDown: 1, ArrowLeft: -1, PageUp: -1 }; // those of a presenter's remote too

/** Whether an engine stands at a state, whatever is pinned. */
export function standsAt(engine, state) {
  return Object.entries(state).every(([name, value]) => name === "pinned" || Object.is(engine.state[name], value));
}

/** Steps and questions inside the element of a page; `go(state)` moves the page. */
export class Lesson {
  constructor(root, engine, { steps, questions }, go) {
    Object.assign(this, { root, engine, steps, questions, go });
    this.picker = root.querySelector("[data-step]");
    this.picker?.addEventListener("change", () => this.show(Number(this.picker.value)));
    for (const button of root.querySelectorAll("[data-walk]")) {
      button.addEventListener("click", () => this.walk(Number(button.dataset.walk)));
    }
    if (steps.length > 0) document.addEventListener("keydown", (event) => this.key(event));
    for (const form of root.querySelectorAll("[data-question]")) {
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        this.reveal(form);
      });
    }
  }

  key(event) {
    const busy = event.target.closest?.("input, select, textarea, [contenteditable]");
    const owner = event.target.closest?.("[data-scalewidgets]") ?? document.querySelector("[data-scalewidgets]");
    if (busy || owner !== this.root || event.altKey || event.ctrlKey || event.metaKey || !(event.key in WALK)) return;
    event.preventDefault();
    this.walk(WALK[event.key]);
  }

  walk(by) {
    const { length } = this.steps;
    const now = this.step ?? (by > 0 ? -1 : length);
    this.show(Math.min(Math.max(now + by, 0), length - 1));
  }

  show(step) {
    this.step = step;
    this.go(this.steps[step]);
  }

  /** Say where on the way this is; a state of the reader's own is on no step. */
  follow() {
    if (this.picker == null) return;
    const at = (step) => standsAt(this.engine, step);
    const here = this.step != null && at(this.steps[this.step]) ? this.step : this.steps.findIndex(at);
    if (here >= 0) this.step = here;
    this.picker.value = here < 0 ? "" : String(here);
    for (const note of this.root.querySelectorAll("[data-step-note]")) {
      setHidden(note, note.dataset.stepNote !== String(here) || note.textContent === "");
    }
    for (const button of this.root.querySelectorAll("[data-walk]")) {
      const end = button.dataset.walk === "1" ? this.steps.length - 1 : 0;
      button.disabled = this.step === end && here === end;
    }
  }

  /** Show what a prediction was about: the page moves there, and prediction and number stand side by side. */
  reveal(form) {
    const predicted = form.querySelector("[data-predicted]").value;
    const [state, name] = this.questions[Number(form.dataset.question)];
    this.go(state);
    const card = name === "" ? null : this.root.querySelector(`[data-slot="cards"] [data-card="${CSS.escape(name)}"]`);
    const text = (part) => card?.querySelector(part).textContent ?? "";
    const found = card && `${text(".sw-card-name")} is ${text(".sw-card-value")} ${text(".sw-card-note")}`.trim();
    form.querySelector("[data-said]").textContent = `You said: ${predicted}.${found ? ` ${found}.` : ""}`;
    form.querySelector("[data-revealed]").hidden = false;
  }
}
