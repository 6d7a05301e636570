// Undo and redo: remembers the states an explorer came to rest in, and goes back to them.
const REST = 500; // ms without a move: a drag is one step, however many states it passes
const MOST = 200;

/** The way of an engine (live/connect.mjs) through its states. `onChange` is called when undo or redo may have changed. */
export class History {
  constructor(engine, { rest = REST, onChange = () => {} } = {}) {
    Object.assign(this, { engine, rest, onChange });
    this.restart();
    this.follow = () => this.soon();
    engine.followers.add(this.follow);
  }

  /** Forget the way so far: the present state is its beginning. */
  restart() {
    clearTimeout(this.timer);
    this.timer = null;
    this.way = [this.here()];
    this.at = 0;
    this.onChange(this);
  }

  here() {
    return { ...this.engine.whole };
  }

  /** Whether the state is another one than that last noted. */
  get moved() {
    return JSON.stringify(this.here()) !== JSON.stringify(this.way[this.at]);
  }

  get canUndo() {
    return this.at > 0 || this.moved;
  }

  get canRedo() {
    return this.at < this.way.length - 1 && !this.moved;
  }

  soon() {
    clearTimeout(this.timer);
    this.timer = this.moved ? setTimeout(() => this.note(), this.rest) : null;
    this.onChange(this);
  }

  /** Note the present state; what was undone before it is gone. */
  note() {
    clearTimeout(this.timer);
    this.timer = null;
    if (!this.moved) return;
    this.way = [...this.way.slice(0, this.at + 1), this.here()].slice(-MOST);
    this.at = this.way.length - 1;
    this.onChange(this);
  }

  undo() {
    this.note();
    this.go(-1);
  }

  redo() {
    this.note();
    this.go(1);
  }

  go(by) {
    const wanted = this.way[this.at + by];
    if (wanted == null) return;
    this.at += by;
    // taken rather than moved: a move to another set would come with that set's own numbers
    this.engine.take({ state: wanted });
    this.engine.move({}, { settled: true });
    this.onChange(this);
  }

  stop() {
    clearTimeout(this.timer);
    this.engine.followers.delete(this.follow);
  }
}

/** Undo with ctrl+Z, redo with ctrl+shift+Z or ctrl+Y (or cmd) below `target`; text fields keep these keys. */
export function listenForKeys(history, target, { signal } = {}) {
  const act = (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    const key = event.key.toLowerCase();
    if (key !== "z" && key !== "y") return;
    const at = event.composedPath()[0];
    if (at.isContentEditable || at.closest?.("textarea, select, input:not([type=range], [type=checkbox])")) return;
    event.preventDefault();
    if (key === "y" || event.shiftKey) history.redo();
    else history.undo();
  };
  target.addEventListener("keydown", act, { signal });
}
