// Test helpers in the page: finds live BokehJS models wherever a face keeps them, and watches what is painted.
const documents = () => [
  ...(globalThis.__scalewidgets__?.documents ?? []).map(({ document }) => document),
  ...(globalThis.Bokeh?.documents ?? []),
];

// "*.bowl" finds the last model whose name ends in ".bowl": explorers number their names.
function find(name) {
  if (!name.startsWith("*")) return documents().map((doc) => doc.get_model_by_name(name)).find((model) => model != null);
  const models = documents().flatMap((doc) => doc.roots().flatMap((root) => [...root.references()]));
  return models.filter((model) => model.name?.endsWith(name.slice(1))).at(-1);
}

function viewOf(figure) {
  const pending = (globalThis.__scalewidgets__?.documents ?? []).flatMap(({ views }) => views);
  for (const root of Object.values(globalThis.Bokeh?.index?.roots ?? {})) pending.push(root);
  while (pending.length > 0) {
    const view = pending.shift();
    if (view.model === figure) return view;
    pending.push(...(view.child_views ?? []));
  }
  return globalThis.Bokeh?.index?.find?.(figure) ?? null;
}

function* canvases(root) {
  for (const element of root.querySelectorAll("*")) {
    if (element instanceof HTMLCanvasElement) yield element;
    if (element.shadowRoot) yield* canvases(element.shadowRoot);
  }
}

// FNV-1a over the pixels of all canvases of a figure: equal pictures give equal numbers.
function pixels(name) {
  let hash = 0x811c9dc5;
  let count = 0;
  const figure = find(name);
  const view = figure == null ? null : viewOf(figure);
  if (view?.shadow_el == null) return { hash, painted: count, idle: false };
  for (const canvas of canvases(view.shadow_el)) {
    if (canvas.width === 0 || canvas.height === 0) continue;
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    for (const byte of new Uint32Array(data.buffer)) {
      if (byte !== 0) count++;
      hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
    }
  }
  return { hash, painted: count, idle: figure.document.is_idle };
}

function columns(name) {
  const source = find(name);
  if (source == null) return null;
  const entries = source.data instanceof Map ? [...source.data] : Object.entries(source.data);
  return Object.fromEntries(entries.map(([column, values]) => [column, Array.from(values)]));
}

function range(name) {
  const { start, end, reset_start, reset_end } = find(name);
  return { start, end, reset_start, reset_end };
}

// Notes when a key or pointer moved the slider, when the source had its columns and when the figure had painted them.
function watch(sourceName, figureName) {
  const marks = [];
  const view = viewOf(find(figureName));
  const mark = (what) => marks.push([what, performance.now()]);
  for (const event of ["keydown", "pointermove"]) addEventListener(event, () => mark("input"), { capture: true });
  find(sourceName).change.connect(() => mark("columns"));
  const { paint } = view;
  view.paint = function (...given) {
    const result = paint.apply(this, given);
    mark("paint");
    return result;
  };
  return marks;
}

globalThis.__figures__ = { documents, find, viewOf, columns, range, pixels, watch };
