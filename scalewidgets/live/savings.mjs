// Spares BokehJS work that it does anew at every painting although nothing of it has changed.
// All of it is private to BokehJS: what a version lacks is left as it is.
import { cutFarLines } from "./far_lines.mjs";

const REST = 300; // ms without painting, after which elements take their places
const FEW = 2000; // points

/** Spare the view of a figure, and its parts, work that shows nothing. */
export function spareWork(view) {
  rememberFontSize(view);
  layOutAlone(view);
  for (const element of view.element_views ?? []) keepSheet(element._css_vars);
  for (const part of [view, ...(view.computed_renderer_views ?? [])]) {
    rememberStyles(part);
    if (part.glyph == null) {
      keepSheet(part.position);
      rememberExtents(part);
      rememberLabels(part);
      rememberPlace(part);
      continue;
    }
    keepIndices(part.cds_view);
    placeLater(part);
    cutFarLines(part.glyph, () => view.frame.bbox);
    restSpareGlyphs(part);
    keepVisuals(part.glyph);
    paintAll(part.glyph);
  }
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

// Every label asks for it, and the page is laid out before it is told. No theme sets it.
function rememberFontSize(view) {
  const size = view.base_font_size;
  if (size != null) Object.defineProperty(view, "base_font_size", { get: () => size });
}

// Longer labels take room from the frame of their own figure. BokehJS lays out everything around it as well, which for
// an app with all its controls takes several frames.
function layOutAlone(view) {
  const steps = ["measure_layout", "update_bbox", "_compute_layout", "after_layout"];
  if (typeof view._invalidate_layout_if_needed !== "function" || steps.some((step) => typeof view[step] !== "function")) return;
  const lay = view._invalidate_layout_if_needed;
  view._invalidate_layout_if_needed = () => {
    view.compute_layout = () => steps.forEach((step) => view[step]());
    try {
      lay.call(view);
    } finally {
      delete view.compute_layout;
    }
  };
}

// BokehJS writes style sheets of places and variables at every painting, changed or not, and the page is styled anew.
function keepSheet(sheet) {
  if (typeof sheet?._update !== "function") return;
  const update = sheet._update;
  sheet._update = (css) => {
    if (css !== sheet.css) update.call(sheet, css);
  };
}

// Curves and points have an element that shows nothing. When it was placed at every painting, the page was styled anew
// for each text that was painted after it.
function placeLater(renderer) {
  if (typeof renderer.update_position !== "function") return;
  const place = renderer.update_position;
  let due = null;
  let painted;
  const rested = () => {
    const left = painted + REST - performance.now();
    due = left > 0 ? setTimeout(rested, left) : null;
    if (due == null && !renderer.is_destroyed) place.call(renderer);
  };
  renderer.update_position = () => {
    painted = performance.now();
    due ??= setTimeout(rested, REST);
  };
}

// How far an axis reaches is asked three times a painting, and every time its labels are made and measured.
function rememberExtents(axis) {
  if (axis.ranges == null || axis.panel == null || !("extents" in axis)) return;
  const found = Object.getOwnPropertyDescriptor(protoWith(axis, "extents"), "extents").get;
  let known = null;
  let extents;
  axis.model.change.connect(() => (known = null));
  Object.defineProperty(axis, "extents", {
    get() {
      const { width, height } = axis.plot_view.frame.bbox;
      const now = [...axis.ranges.flatMap(({ start, end }) => [start, end]), width, height].join(" ");
      if (now !== known || hasWords(axis)) extents = found.call(axis);
      known = now;
      return extents;
    },
  });
}

// Words instead of numbers are built some time after they are set.
function hasWords({ model: { major_label_overrides: words } }) {
  return words != null && (words instanceof Map ? words.size : Object.keys(words).length) > 0;
}

// The labels of an axis are made anew for measuring and for painting.
function rememberLabels(axis) {
  if (typeof axis.compute_labels !== "function") return;
  const make = axis.compute_labels;
  let known = null;
  let labels;
  axis.model.change.connect(() => (known = null));
  axis.compute_labels = (ticks) => {
    const now = ticks.join(" ");
    if (now !== known || hasWords(axis)) labels = make.call(axis, ticks);
    known = now;
    return labels;
  };
}

// A legend measures the page at every painting, which is laid out for that. It moves with its plot, or when rendered.
function rememberPlace(legend) {
  if (!("css_position" in legend) || typeof legend.update_position !== "function") return;
  const { update_position: place, after_render: render } = legend;
  let known = null;
  legend.after_render = () => {
    known = null;
    render.call(legend);
  };
  legend.update_position = () => {
    const { x, y } = legend.css_position;
    const { left, top, width, height } = legend.plot_view.bbox;
    const now = [legend.is_visible, x, y, left, top, width, height].join(" ");
    if (now !== known) place.call(legend);
    known = now;
  };
}

// Which rows are shown is asked whenever a column changes; without a filter it is all of them, as many as before.
function keepIndices(rows) {
  if (typeof rows?.compute_indices !== "function") return;
  const compute = rows.compute_indices;
  let known = null;
  rows.compute_indices = () => {
    const { filter } = rows.model;
    const size = filter.type === "AllIndices" ? rows.parent.data_source.get_value().get_length() : null;
    if (size == null || size !== known) compute.call(rows);
    known = size;
  };
}

function protoWith(object, name) {
  return Object.hasOwn(object, name) ? object : protoWith(Object.getPrototypeOf(object), name);
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

// Colours and widths that are the same for all points stay when only the points have moved.
function keepVisuals(glyph) {
  if (typeof glyph.set_visuals !== "function" || typeof glyph._iter_visuals !== "function") return;
  const set = glyph.set_visuals;
  let size = null;
  glyph.model.change.connect(() => (size = null));
  glyph.set_visuals = (...given) => {
    if (glyph.data_size === size) return;
    set.apply(glyph, given);
    const same = [...glyph._iter_visuals()].every(({ attr }) => glyph[attr]?.is_Scalar?.() === true);
    size = same ? glyph.data_size : null;
  };
}

// Which points lie in the frame is asked of an index that is made anew for every move; painting all of a few is less.
function paintAll(glyph) {
  if (typeof glyph._mask_data === "function" && glyph.data_size <= FEW) glyph._mask_data = null;
}
