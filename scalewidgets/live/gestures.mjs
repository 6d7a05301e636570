// What a mouse does on a chart beside its tools: a click lends it the wheel until the mouse leaves, a double click resets it.
const known = new WeakSet();

function wheelOf(view) {
  return view.model.toolbar.tools.find(({ type }) => type === "WheelZoomTool");
}

/** Hear gestures on the view of a figure; once, however often this is called. */
export function hearGestures(view) {
  if (view?.el == null || known.has(view)) return;
  known.add(view);
  let lent = false;
  const lend = (on) => {
    const wheel = wheelOf(view);
    // a tool that was chosen in the toolbar stays chosen
    if (wheel == null || wheel.active === on || (!on && !lent)) return;
    lent = on;
    wheel.active = on;
  };
  const onChart = (event) => !event.composedPath().some((element) => element.classList?.contains("bk-Toolbar"));
  view.el.addEventListener("click", (event) => onChart(event) && lend(true));
  view.el.addEventListener("dblclick", (event) => onChart(event) && view.reset());
  view.el.addEventListener("pointerleave", () => lend(false));
}
