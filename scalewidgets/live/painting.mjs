// Lets BokehJS paint a plot as often as a drag moves it. Shared by every face; imports nothing.
// What is changed here is private to BokehJS: a version without it paints as it always did.

const FAR = 2000; // px beyond the frame from where a line is cut
const NEAR = "100px"; // of the window: from there a figure counts as in sight
const MARGIN = 50; // px beyond the frame where it is cut, wider than any line

/**
 * Let a plot view paint in every frame while it is in sight; returns a function that paints at once what is due.
 * BokehJS throttles by the clock to 60/s, which loses every second frame at 60 moves/s.
 */
export function pacePainting(view) {
  if (typeof view?.throttled_paint !== "function" || typeof view.repaint !== "function") return () => {};
  let due = null;
  let promise;
  let away = false;
  const paint = () => {
    if (due == null || away) return;
    const { frame, resolve } = due;
    due = null;
    cancelAnimationFrame(frame);
    globalThis.removeEventListener("beforeprint", print);
    if (!view.is_destroyed) view.repaint();
    resolve();
  };
  const print = () => {
    away = false;
    paint();
  };
  view.throttled_paint = () => {
    if (due == null) {
      promise = new Promise((resolve) => (due = { resolve, frame: requestAnimationFrame(paint) }));
      // paper shows what the window does not
      globalThis.addEventListener("beforeprint", print);
    }
    return promise;
  };
  new IntersectionObserver(
    (entries) => {
      away = !entries.at(-1).isIntersecting;
      paint();
    },
    { rootMargin: NEAR },
  ).observe(view.el);
  for (const part of [view, ...(view.computed_renderer_views ?? [])]) {
    rememberStyles(part);
    keepPosition(part.position);
    if (part.glyph == null) continue;
    cutFarLines(part.glyph, () => view.frame.bbox);
    restSpareGlyphs(part);
  }
  return paint;
}

// The style sheet may set each colour, width and font of each part, and BokehJS asks anew at every painting, which
// took a quarter of it. Themes set none of these, so the first answer stays.
function rememberStyles(part) {
  for (const visual of part.visuals ?? []) {
    if (typeof visual._get_css_value !== "function") continue;
    const known = new Map();
    visual._get_css_value = (name) => {
      if (!known.has(name)) known.set(name, Object.getPrototypeOf(visual)._get_css_value.call(visual, name));
      return known.get(name);
    };
  }
}

// BokehJS writes the style sheet of each part's place at every painting, changed or not, and the page is styled anew.
function keepPosition(sheet) {
  if (typeof sheet?._update !== "function") return;
  const update = sheet._update;
  sheet._update = (css) => {
    if (css !== sheet.css) update.call(sheet, css);
  };
}

// BokehJS keeps four more versions of each glyph up to date: for what is selected and what is not, for muted ones,
// and for thousands of points. They rest as long as none of them can be painted.
function restSpareGlyphs(renderer) {
  const { model, plot_model: plot } = renderer;
  const { selected } = model.data_source;
  const plain = () => !model.muted && selected.is_empty();
  const few = () => renderer.all_indices.count <= (plot.lod_threshold ?? Infinity);
  const spare = { selection_glyph: plain, nonselection_glyph: plain, muted_glyph: plain, decimated_glyph: few };
  for (const [name, rests] of Object.entries(spare)) {
    const glyph = renderer[name];
    for (const step of ["set_data", "set_visuals", "map_data"]) {
      const does = glyph?.[step];
      if (typeof does === "function") glyph[step] = (...given) => (rests() ? undefined : does.apply(glyph, given));
    }
  }
  const wake = () => renderer.update_data();
  selected.change.connect(wake);
  model.properties.muted.change.connect(wake);
}

// A browser draws every dash of a line, seen or not: a curve that leaves a chart steeply cost 0.2 s a frame.
function cutFarLines(glyph, frameOf) {
  if (glyph.model?.type !== "Line" || typeof glyph._paint !== "function") return;
  const paint = glyph._paint;
  glyph._paint = function (context, indices, data) {
    const { sx, sy } = { ...this, ...data };
    const { left, right, top, bottom } = frameOf();
    const far = (i) => Math.abs(sx[i] - left) > FAR + right - left || Math.abs(sy[i] - top) > FAR + bottom - top;
    if (![...indices].some(far)) return paint.call(this, context, indices, data);
    const box = { left: left - MARGIN, right: right + MARGIN, top: top - MARGIN, bottom: bottom + MARGIN };
    const cut = cutLine(Array.from(indices, (i) => [sx[i], sy[i]]), box);
    const [xs, ys] = [0, 1].map((k) => Float64Array.from(cut, (point) => point[k]));
    return paint.call(this, context, [...cut.keys()], { ...data, sx: xs, sy: ys });
  };
}

/** What of a line through points lies within a box: its points, and [NaN, NaN] between parts. */
export function cutLine(points, { left, right, top, bottom }) {
  const found = [];
  let joined = false;
  for (let i = 1; i < points.length; i++) {
    const [[x0, y0], [x1, y1]] = [points[i - 1], points[i]];
    const dx = x1 - x0;
    const dy = y1 - y0;
    let [first, last] = [0, 1];
    // a part of the segment that satisfies the four inequalities step * t <= room (Liang and Barsky)
    for (const [step, room] of [[-dx, x0 - left], [dx, right - x0], [-dy, y0 - top], [dy, bottom - y0]]) {
      if (step < 0) first = Math.max(first, room / step);
      else if (step > 0) last = Math.min(last, room / step);
      else if (!(room >= 0)) last = -1;
    }
    if (!(first <= last && Number.isFinite(dx + dy))) {
      joined = false;
      continue;
    }
    const at = (t) => [x0 + t * dx, y0 + t * dy];
    if (!joined || first > 0) {
      if (found.length > 0) found.push([NaN, NaN]);
      found.push(first > 0 ? at(first) : points[i - 1]);
    }
    found.push(last < 1 ? at(last) : points[i]);
    joined = last === 1;
  }
  return found;
}
