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

export default function walk(root, steps) {
  const { engines, documents } = globalThis.__scalewidgets__;
  const at = [...document.querySelectorAll("[data-scalewidgets]")].indexOf(root);
  // charts out of view rest, but here all are read; none need be painted for that
  for (const place of engines[at].places) {
    place.viewOf = () => null;
    for (const figure of place.figures) figure.shown = true;
  }
  const maps = JSON.parse(root.querySelector('script[data-part="maps"]').textContent);
  const models = new Map();
  for (const { slot, element, document } of documents) {
    if (!root.contains(element)) continue;
    const { sources, ranges } = maps[slot];
    for (const name of Object.keys({ ...sources, ...ranges })) models.set(name, document.get_model_by_name(name));
  }
  const readings = new Readings();
  for (const step of steps) {
    for (const [name, value] of Object.entries(step)) change(root, name, value);
    engines[at].flush();
    readings.add(maps, (name) => models.get(name), { ...wordsIn([root]), state: { ...engines[at].state } });
  }
  return readings.packed();
}
