// Applies an update (columns, axis ranges, colours) to a BokehJS document. Shared by every face; imports nothing.

/** Decode a packed update (layout: scalewidgets/faces/wire.py). `block` is a DataView or typed array. */
export function decodeUpdate(block) {
  if (!block || block.byteLength === 0) return { sources: {}, ranges: {}, texts: {} };
  const bytes = new Uint8Array(block.buffer, block.byteOffset, block.byteLength);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  // A copy: messages arrive at any byte offset, Float64Array needs multiples of 8.
  const payload = new Float64Array(bytes.slice(4 + length).buffer);
  const sources = {};
  for (const [name, columns] of Object.entries(header.sources)) {
    sources[name] = {};
    for (const [column, [offset, count]] of Object.entries(columns)) {
      sources[name][column] = payload.slice(offset, offset + count);
    }
  }
  const ranges = {};
  for (const [name, offset] of Object.entries(header.ranges)) ranges[name] = [payload[offset], payload[offset + 1]];
  return { sources, ranges, texts: header.texts };
}

/** Write the columns and ranges of an update to the models of that name; names the document lacks are passed over. */
export function applyUpdate(document, update) {
  for (const [name, columns] of Object.entries(update.sources ?? {})) {
    const source = document.get_model_by_name(name);
    if (source != null) writeColumns(source, columns);
  }
  for (const [name, [start, end]] of Object.entries(update.ranges ?? {})) {
    const range = document.get_model_by_name(name);
    if (range != null) writeRange(range, start, end);
  }
}

// Columns are replaced in place and announced once: assigning `source.data` would send every array back to Python.
function writeColumns(source, columns) {
  const { data } = source;
  let changed = false;
  for (const [name, values] of Object.entries(columns)) {
    const old = data instanceof Map ? data.get(name) : data[name];
    if (sameValues(old, values)) continue;
    if (data instanceof Map) data.set(name, values);
    else data[name] = values;
    changed = true;
  }
  if (changed) source.change.emit();
}

function sameValues(a, b) {
  if (a == null || a.length !== b.length) return false;
  for (let i = 0; i < b.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}

// `reset_start` and `reset_end` hold what was last written. A range that differs from them was zoomed by hand and
// stays; they still follow, so that the reset tool returns to the present and not to the moment of zooming.
export function writeRange(range, start, end) {
  if (!Number.isFinite(start) || !Number.isFinite(end)) return;
  const zoomed = range.start !== (range.reset_start ?? range.start) || range.end !== (range.reset_end ?? range.end);
  if (range.reset_start === start && range.reset_end === end) return;
  const limits = { reset_start: start, reset_end: end };
  range.setv(zoomed ? limits : { start, end, ...limits }, { sync: false });
}

/** Every model a document holds. */
export function allModels(document) {
  const models = new Set();
  for (const root of document.roots()) for (const model of root.references()) models.add(model);
  return models;
}

/** Note the first limits of all ranges as unzoomed, so that a zoom before the first update is recognised. */
export function pinRanges(document) {
  for (const model of allModels(document)) {
    if (model.type !== "Range1d") continue;
    model.setv({ reset_start: model.reset_start ?? model.start, reset_end: model.reset_end ?? model.end });
  }
}

const lightColours = new WeakMap();

/** Swap the colours of all models: `palette` maps each light colour to its dark partner; other colours stay. */
export function recolour(document, palette, dark) {
  for (const model of allModels(document)) {
    let light = lightColours.get(model);
    if (light == null) lightColours.set(model, (light = findColours(model, palette)));
    const changes = {};
    for (const [attribute, colour] of Object.entries(light)) {
      const wanted = dark ? palette[colour] : colour;
      const value = model[attribute];
      changes[attribute] = typeof value === "string" ? wanted : { ...value, value: wanted };
    }
    // colours are the page's own business: a server would refuse the form they have here
    if (Object.keys(changes).length > 0) model.setv(changes, { sync: false });
  }
}

function findColours(model, palette) {
  const found = {};
  for (const property of model) {
    if (!property.attr.includes("color") || property.is_unset) continue;
    const value = property.get_value();
    const colour = typeof value === "string" ? value : value?.value;
    if (typeof colour === "string" && Object.hasOwn(palette, colour)) found[property.attr] = colour;
  }
  return found;
}
