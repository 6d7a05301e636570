// The tools over a saved page: undo and redo, scenarios, pinning one of them, downloads, and the address to share.
import { setAttribute, setHidden, setText } from "./elements.mjs";
import { csvOf, download, pngOf, svgOf } from "./exports.mjs";
import { History, listenForKeys } from "./history.mjs";
import { standsAt } from "./page_lesson.mjs";
import { codeText } from "./texts.mjs";

const SAID_FOR = 6000; // ms

/**
 * Tools inside the element of a page. `presets` are states by key; `go(state)` moves the page, `figures()` gives key and
 * view of what is drawn, `light(work)` lets charts have light colours during some work, `address()` is the one to share.
 */
export class Tools {
  constructor(root, engine, { presets = {}, go, figures, light, address, keys }) {
    Object.assign(this, { root, engine, presets, go, figures, light, address });
    this.parts = Object.fromEntries([...root.querySelectorAll("[data-tool]")].map((part) => [part.dataset.tool, part]));
    this.history = new History(engine);
    this.history.onChange = () => this.follow();
    listenForKeys(this.history, keys);
    const { undo, redo, pin, share, preset } = this.parts;
    undo?.addEventListener("click", () => this.history.undo());
    redo?.addEventListener("click", () => this.history.redo());
    pin?.addEventListener("click", () => (engine.pinnedState == null ? engine.pin() : engine.unpin()));
    share?.addEventListener("click", () => this.share());
    preset?.addEventListener("change", () => this.go(this.presets[preset.value]));
    for (const button of root.querySelectorAll("[data-download]")) {
      button.addEventListener("click", () => this.save(button));
    }
    this.follow();
  }

  follow() {
    const { undo, redo, pin, preset } = this.parts;
    if (this.history == null) return;
    if (undo) undo.disabled = !this.history.canUndo;
    if (redo) redo.disabled = !this.history.canRedo;
    if (pin) {
      setHidden(pin, !this.engine.pins);
      setText(pin, this.engine.pinnedState == null ? "Pin A" : "Unpin");
      setAttribute(pin, "aria-pressed", String(this.engine.pinnedState != null));
    }
    if (preset) this.showPreset(preset);
  }

  /** Say which scenario this is, and what it shows. */
  showPreset(picker) {
    picker.value = Object.keys(this.presets).find((key) => standsAt(this.engine, this.presets[key])) ?? "";
    for (const note of this.root.querySelectorAll("[data-preset-note]")) {
      setHidden(note, note.dataset.presetNote !== picker.value);
    }
  }

  say(text) {
    const { said } = this.parts;
    said.textContent = text;
    clearTimeout(this.saying);
    this.saying = setTimeout(() => (said.textContent = ""), SAID_FOR);
  }

  async share() {
    const address = this.address();
    try {
      await navigator.clipboard.writeText(address);
      this.say("The address is copied.");
    } catch {
      this.say("The address of this page now holds this state and its numbers: copy it from there.");
    }
  }

  async save(button) {
    const [what, key] = button.dataset.download.split(" ");
    button.closest("details")?.removeAttribute("open");
    if (this.engine.set == null) return;
    if (what === "csv") download(new Blob([csvOf(this.engine)], { type: "text/csv" }), "scalewidgets.csv");
    else if (what === "code") download(new Blob([`${codeText(this.engine)}\n`], { type: "text/x-python" }), "scalewidgets.py");
    else {
      const view = this.figures().get(key);
      if (view == null) return;
      const blob = await this.light(() => (what === "svg" ? svgOf(view) : pngOf(view)));
      download(blob, `${key}.${what}`);
    }
  }
}
