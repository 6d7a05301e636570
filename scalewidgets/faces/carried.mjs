// Applies the updates that a carrier source brings to an app's figures and texts. Appended to update.mjs.

// Several may arrive within a frame: each is complete, so the last one serves.
const waiting = new WeakMap();

/** Called whenever the carrier has a new update. */
export default function applyCarried({ carrier, slots }) {
  const first = !waiting.has(carrier);
  waiting.set(carrier, carrier.data instanceof Map ? carrier.data.get("block") : carrier.data.block);
  if (!first) return;
  requestAnimationFrame(() => {
    const update = decodeUpdate(waiting.get(carrier));
    waiting.delete(carrier);
    if (carrier.document == null) return;
    applyUpdate(carrier.document, update);
    for (const [name, slot] of slots) if (update.texts[name] != null) writeText(slot, update.texts[name]);
  });
}

// A changed Div is laid out anew with the whole page, so its text is put in place where the view allows it. The property
// follows silently: whatever draws the Div again finds the present text.
function writeText(slot, html) {
  if (slot.text === html) return;
  const element = globalThis.Bokeh?.index?.find_one?.(slot)?.markup_el;
  slot.setv({ text: html }, { sync: false, silent: element != null });
  if (element != null) element.innerHTML = html;
}
