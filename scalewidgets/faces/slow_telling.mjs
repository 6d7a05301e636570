// Has ipywidgets tell Python of a slider at most twice a second while it is dragged, and at once when it is let go.
// Kernel and notebook answer every message, which takes processor time from the figures that move.
const TELL_AFTER = 500; // ms

const slowed = new WeakSet();
const waiting = new Set();
let held = false;

/** Hear whether the pointer is pressed, anywhere on the page, until `signal` aborts. */
export function hearPointer(signal) {
  const press = () => (held = true);
  const release = () => {
    held = false;
    for (const answer of [...waiting]) answer();
  };
  const heard = { pointerdown: press, pointerup: release, pointercancel: release };
  for (const [event, act] of Object.entries(heard)) document.addEventListener(event, act, { capture: true, signal });
}

/**
 * Slow down a widget while the pointer is pressed. Its model keeps what it has to say until its last message is
 * answered, so the answer is held back. That is private to ipywidgets: a version without it tells as it did.
 */
export function tellSlowly(widget) {
  if (typeof widget?._handle_status !== "function" || slowed.has(widget)) return;
  slowed.add(widget);
  const answered = widget._handle_status;
  widget._handle_status = (message) => {
    if (!held || message.content?.execution_state !== "idle") return answered.call(widget, message);
    const timer = setTimeout(answer, TELL_AFTER);
    waiting.add(answer);
    function answer() {
      clearTimeout(timer);
      waiting.delete(answer);
      answered.call(widget, message);
    }
  };
}
