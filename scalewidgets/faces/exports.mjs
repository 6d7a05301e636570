// Files from a live explorer: its numbers as CSV, its charts as pictures. Shared by the page, the app and the notebook.
import { settle } from "./painting.mjs";

const GROUND = "#ffffff";

function cell(value) {
  if (value == null || Number.isNaN(value)) return "";
  const text = String(value).replace("Infinity", "inf");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * Every number that an engine (live/connect.mjs) shows, as CSV: a column for each column of a view's tables, called
 * `view.table.column`, for each part of a card, `cards.name.part`, and for each setting, `settings.name`.
 * NaN, and what is beyond the end of a shorter column, is empty.
 */
export function csvOf(engine) {
  const columns = engine.program.outputs
    .filter((path) => /^(tables|cards)\//.test(path))
    .map((path) => [path.replace(/^tables\//, "").replaceAll("/", "."), Array.from(engine.program.output(path))]);
  for (const [name, value] of Object.entries(engine.state)) columns.push([`settings.${name}`, [value ?? "off"]]);
  const rows = [columns.map(([name]) => cell(name))];
  const longest = Math.max(...columns.map(([, values]) => values.length));
  for (let i = 0; i < longest; i++) rows.push(columns.map(([, values]) => cell(values[i])));
  return rows.map((row) => `${row.join(",")}\r\n`).join("");
}

/** A figure as it stands (zoom included), twice as fine as the screen shows it, on a ground of its own. */
export async function pngOf(view, { ground = GROUND, scale = 2 } = {}) {
  const url = URL.createObjectURL(await svgOf(view, { ground }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: scale * view.bbox.width, height: scale * view.bbox.height });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** A figure as it stands, as SVG. */
export async function svgOf(view, { ground = GROUND } = {}) {
  await settle(view);
  const text = await (await view.export("svg", false).to_blob()).text();
  const picture = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  const back = picture.ownerDocument.createElementNS("http://www.w3.org/2000/svg", "rect");
  for (const [name, value] of Object.entries({ width: "100%", height: "100%", fill: ground })) back.setAttribute(name, value);
  picture.prepend(back);
  return new Blob([new XMLSerializer().serializeToString(picture)], { type: "image/svg+xml" });
}

/** Hand a blob (or text) to the reader as a file. */
export function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob instanceof Blob ? blob : new Blob([blob], { type: "text/plain" }));
  link.download = name;
  link.click();
  // the browser has taken it over by the next turn, some only later
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
