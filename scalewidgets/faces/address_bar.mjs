// The address bar of the browser, which follows a state at rest, or when the page is left: writing it takes many ms.
const REST = 300; // ms after the last move
const SIGNS = { hash: "#", search: "?" };

export class AddressBar {
  /** `part` of the address, "hash" or "search", follows what `text()` says; nothing is added to the way back. */
  constructor(part, text) {
    Object.assign(this, { part, text });
    this.accept();
    addEventListener("hashchange", () => this.accept());
    addEventListener("pagehide", () => this.flush());
    document.addEventListener("visibilitychange", () => this.flush());
  }

  soon() {
    clearTimeout(this.due);
    this.due = setTimeout(() => this.flush(), REST);
  }

  /** Write what is due. */
  flush() {
    if (this.due == null) return;
    // a reader has put another address there, which the page is about to hear of
    if (location[this.part] !== this.known) this.accept();
    else this.write(this.text());
  }

  /** Write a text at once. */
  write(text) {
    const behind = this.part === "search" ? location.hash : "";
    history.replaceState(history.state, "", `${SIGNS[this.part]}${text}${behind}`);
    this.accept();
  }

  /** Take the address that stands there; nothing is due to it. */
  accept() {
    clearTimeout(this.due);
    this.due = null;
    this.known = location[this.part];
  }
}
