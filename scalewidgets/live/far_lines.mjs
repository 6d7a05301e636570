// Cuts lines to what can be seen of them, since a browser draws every dash of a curve, seen or not; imports nothing.

const FAR = 2000; // px beyond the frame from where a line is cut
const MARGIN = 50; // px beyond the frame where it is cut, wider than any line

/** Have a glyph draw its line no further than near the frame: a curve that left a chart steeply cost 0.2 s a frame. */
export function cutFarLines(glyph, frameOf) {
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
