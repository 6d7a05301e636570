// Carries out an app's top bar: scenarios, undo and redo, pinning, links, and files to take away.
import { setAttribute, setHidden, setText } from "./elements.mjs";
import { csvOf, download, pngOf, svgOf } from "./exports.mjs";
import { History, listenForKeys } from "./history.mjs";

const GROUND = { light: "#ffffff", dark: "#14181d" };
const PICTURES = { png: pngOf, svg: svgOf };

function escaped(text) {
  const element = globalThis.document.createElement("span");
  element.textContent = text;
  return element.innerHTML.replaceAll('"', "&quot;");
}

export class Bar {
  /** `app` has `engine, shelf, send, say` and `element` (the slot's element by name). */
  constructor(app, { asks, presets }) {
    Object.assign(this, { app, asks, presets });
    this.asked = 0;
    const { document } = globalThis;
    this.history = new History(app.engine, { onChange: () => this.show() });
    listenForKeys(this.history, document);
    // a slot may be drawn anew, so its events are heard where they end up; `change` would not leave it
    document.addEventListener("click", (event) => this.click(event));
    document.addEventListener("input", (event) => this.pick(event));
    this.show();
  }

  get root() {
    return this.app.element("bar");
  }

  part(name) {
    return this.root?.querySelector(`[data-act=${name}]`);
  }

  show() {
    const { history } = this;
    const { engine } = this.app;
    if (this.root == null || history == null) return;
    this.part("undo").disabled = !history.canUndo;
    this.part("redo").disabled = !history.canRedo;
    const pin = this.part("pin");
    setHidden(pin, !engine.pins);
    setText(pin, engine.pinnedState ? "Unpin" : "Pin A");
    setAttribute(pin, "aria-pressed", String(Boolean(engine.pinnedState)));
    const select = this.part("preset");
    if (select == null) return;
    const here = this.presets.find(([, , state]) => Object.entries(state).every(([name, value]) => engine.state[name] === value));
    select.value = here?.[0] ?? "";
    select.title = here?.[1] ?? "";
    if (this.told != null && here?.[0] !== this.told) {
      // the sentence of a scenario that was left
      this.told = null;
      this.app.say("");
    }
  }

  ask(what) {
    const { engine } = this.app;
    if (engine.telling) engine.tellSoon(true);
    this.asked += 1;
    this.asks.tags = [JSON.stringify({ what, count: this.asked })];
  }

  pick(event) {
    const select = event.composedPath()[0];
    if (select !== this.part("preset")) return;
    const found = this.presets.find(([key]) => key === select.value);
    if (found == null) return this.show();
    this.app.engine.move(found[2], { settled: true });
    this.show();
    this.app.say(`<div class="sw-said" role="status">${escaped(found[1])}</div>`);
    this.told = found[0];
  }

  click(event) {
    const path = event.composedPath();
    const { root } = this;
    if (root == null) return;
    const menu = root.querySelector(".sw-menu");
    if (!path.includes(menu)) menu.open = false;
    if (!path.includes(root)) return;
    if (path.some((element) => element.localName === "summary")) return this.listPictures();
    const button = path[0].closest("[data-act]");
    if (button == null || button.localName === "select") return;
    menu.open = false;
    this.act(button.dataset.act, button.dataset.key);
  }

  act(what, key) {
    const { engine } = this.app;
    if (what === "undo") this.history.undo();
    else if (what === "redo") this.history.redo();
    else if (what === "pin") engine.pinnedState ? engine.unpin() : engine.pin();
    else if (what === "share") this.ask("link");
    else if (what === "csv") download(new Blob([csvOf(engine)], { type: "text/csv" }), "scenario.csv");
    else if (what in PICTURES) this.take(what, key);
    else this.ask(what);
    this.show();
  }

  /** List the charts on screen, each as PNG and SVG. */
  listPictures() {
    const rows = this.app.shelf.shown.map(({ key, title }) => {
      const buttons = Object.keys(PICTURES).map(
        (kind) => `<button type="button" data-act="${kind}" data-key="${key}" aria-label="${escaped(title)} as ${kind.toUpperCase()}">${kind.toUpperCase()}</button>`,
      );
      return `<div class="sw-picture"><span>${escaped(title)}</span>${buttons.join("")}</div>`;
    });
    this.root.querySelector("[data-pictures]").innerHTML = rows.join("");
  }

  async take(kind, key) {
    const { figure } = this.app.shelf.shown.find((each) => each.key === key);
    const ground = GROUND[globalThis.document.documentElement.classList.contains("sw-dark") ? "dark" : "light"];
    download(await PICTURES[kind](this.app.viewOf(figure), { ground }), `${key}.${kind}`);
  }

  /** Take what Python answered. */
  async answered({ link, file, said, note }) {
    if (note || said) this.told = null;
    if (note) this.app.say(`<div class="sw-said" role="status">${escaped(note)}</div>`);
    if (said) this.app.say(`<div class="sw-error" role="alert">${escaped(said)}</div>`);
    if (file) {
      const [name, text] = file;
      download(new Blob([text], { type: name.endsWith(".html") ? "text/html" : "text/plain" }), name);
    }
    if (link) {
      const { origin, pathname } = globalThis.location;
      const address = `${origin}${pathname}${link}`;
      const copied = await globalThis.navigator.clipboard?.writeText(address).then(() => true, () => false);
      this.told = null;
      this.app.say(
        `<div class="sw-said" role="status">${copied ? "The link is copied." : "Copy this link."} It opens this state: ` +
          `<input readonly aria-label="Link to this state" value="${escaped(address)}" onfocus="this.select()"></div>`,
      );
    }
  }
}
