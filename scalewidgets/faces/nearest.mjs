// Finds the run that a tap on a chart means. Shared by the app and the notebook.

const REACH = 12; // px: a fingertip's error, and wider than the marks
const FAINT = 0.5; // marks fainter than this belong to another budget and can't be tapped

/** The row nearest to a tap event of a figure, or null; `sources` holds name, x and y of each table of points. */
export function nearestRow(event, sources) {
  const figure = event.origin;
  const across = scaleOf(figure.x_range, figure.x_scale, figure.inner_width);
  const up = scaleOf(figure.y_range, figure.y_scale, figure.inner_height);
  const [left, bottom] = [across(event.x), up(event.y)];
  let nearest = null;
  let least = REACH;
  for (const [name, x, y] of sources) {
    const { data } = figure.document.get_model_by_name(name);
    const column = (key) => (data instanceof Map ? data.get(key) : data[key]);
    const [xs, ys, opacity] = [column(x), column(y), column("opacity")];
    for (let row = 0; row < xs.length; row++) {
      if (opacity != null && opacity[row] < FAINT) continue;
      const distance = Math.hypot(across(xs[row]) - left, up(ys[row]) - bottom);
      if (distance < least) [least, nearest] = [distance, row]; // false for NaN: a run is in one table only
    }
  }
  return nearest;
}

function scaleOf({ start, end }, { type }, pixels) {
  const place = type === "LogScale" ? Math.log : (value) => value;
  return (value) => ((place(value) - place(start)) / (place(end) - place(start))) * pixels;
}
