// Shows an app in light or dark, as its theme button says.
import { allModels, recolour } from "./update.mjs";

/** Set the colours of every figure, and the class that the style sheets key on. */
export default function showTheme({ button, palette }) {
  const dark = button.active;
  recolour(button.document, Object.fromEntries(palette), dark);
  for (const model of allModels(button.document)) {
    if (!Array.isArray(model.css_classes) || model.css_classes.includes("sw-dark") === dark) continue;
    const others = model.css_classes.filter((name) => name !== "sw-dark");
    // said aloud, each would have the whole page laid out anew; silently, the class is put in place where there is a view
    const element = globalThis.Bokeh?.index?.find_one?.(model)?.el;
    model.setv({ css_classes: dark ? [...others, "sw-dark"] : others }, { sync: false, silent: element != null });
    element?.classList.toggle("sw-dark", dark);
  }
  document.documentElement.classList.toggle("sw-dark", dark);
  if (button.label !== (dark ? "Light" : "Dark")) button.label = dark ? "Light" : "Dark";
}
