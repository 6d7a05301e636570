// Walks over the controls of a saved page as a reader would, and reads what it then shows.
function change(root, name, value) {
  const element = root.querySelector(`[data-control="${name}"]`);
  const part = (role) => element.querySelector(`[data-role="${role}"]`);
  const tell = (target, event) => target.dispatchEvent(new Event(event, { bubbles: true }));
  if (part("select")) {
    part("select").value = value;
    tell(part("select"), "change");
    return;
  }
  const toggle = part("toggle");
  if (toggle != null && toggle.checked !== (value != null)) {
    toggle.checked = value != null;
    tell(toggle, "change");
  }
  if (value == null) return;
  part("slider").value = value;
  tell(part("slider"), "input");
  tell(part("slider"), "change");
}

// NaN and infinities as words: the way to Python is JSON.
const plain = (x) => (Number.isFinite(x) ? x : String(x));

function shown(root, maps, documents, some) {
  const columns = {};
  const ranges = {};
  for (const [key, figure] of Object.entries(maps)) {
    const { document } = documents.find(({ slot, element }) => slot === key && root.contains(element));
    for (const [source, paths] of Object.entries(figure.sources)) {
      if (!some(source)) continue;
      const { data } = document.get_model_by_name(source);
      const get = (name) => (data instanceof Map ? data.get(name) : data[name]);
      for (const [column, from] of Object.entries(paths)) {
        columns[`${source} ${column}`] = { from, values: Array.from(get(column), plain) };
      }
    }
    for (const [range, from] of Object.entries(figure.ranges)) {
      const model = document.get_model_by_name(range);
      ranges[range] = { from, values: [model.start, model.end] };
    }
  }
  const cards = {};
  for (const card of root.querySelectorAll("[data-card]")) {
    if (card.hidden) continue;
    cards[card.dataset.card] = [card.querySelector(".sw-card-value").textContent, card.querySelector(".sw-card-note").textContent];
  }
  const sentences = [...root.querySelectorAll("[data-sentence]")].filter((li) => !li.hidden).map((li) => li.textContent);
  return { columns, ranges, cards, sentences, code: root.querySelector("[data-code]").textContent };
}

// Every tenth state is read whole, the others in what is one point.
export default function walk(root, steps) {
  const { engines, documents } = globalThis.__scalewidgets__;
  const at = [...document.querySelectorAll("[data-scalewidgets]")].indexOf(root);
  // charts out of view rest, but here all are read; none need be painted for that
  for (const place of engines[at].places) {
    place.viewOf = () => null;
    for (const figure of place.figures) figure.shown = true;
  }
  const maps = JSON.parse(root.querySelector('script[data-part="maps"]').textContent);
  return steps.map((step, i) => {
    for (const [name, value] of Object.entries(step)) change(root, name, value);
    engines[at].flush();
    const some = (source) => i % 10 === 0 || /plan|optimum|cheapest|near|waste/.test(source);
    return { state: { ...engines[at].state }, ...shown(root, maps, documents, some) };
  });
}
