// Which charts of an app are shown: those of a tab, or on a phone one at a time; and which groups of controls are open.
export const NARROW = "(max-width: 760px)";
const SHUT = "sw-shut";

/** The charts of an app. `entries` on the tabs say of each chart its key, the name of its figure, title and tab. */
export class Shelf {
  constructor({ tabs, chips, charts }, changed) {
    Object.assign(this, { tabs, chips, charts, figures: new Map() });
    this.media = globalThis.matchMedia(NARROW);
    this.media.addEventListener("change", changed);
  }

  owns(model) {
    return model === this.tabs || model === this.chips;
  }

  /** Key, figure and title of every chart that is shown. */
  get shown() {
    const { tabs, chips, media } = this;
    return tabs.tags
      .filter(([, , , tab], i) => (media.matches ? i === Math.min(chips.active, tabs.tags.length - 1) : tab === tabs.labels[tabs.active]))
      .map(([key, name, title]) => ({ key, title, figure: this.figure(name) }));
  }

  // Bokeh looks for a name among all models of the page, and this is asked at every move.
  figure(name) {
    const known = this.figures.get(name);
    if (known?.document != null) return known;
    const found = this.charts.document.get_model_by_name(name);
    this.figures.set(name, found);
    return found;
  }

  /** Show what is chosen, and let the other charts rest. */
  show(place) {
    const keys = new Set(this.shown.map(({ key }) => key));
    for (const [key, name] of this.tabs.tags) {
      const figure = this.figure(name);
      if (figure != null && figure.visible !== keys.has(key)) figure.setv({ visible: keys.has(key) }, { sync: false });
      place?.show(key, keys.has(key));
    }
  }
}

/** The groups of an app: all open beside the charts, all shut where they stand below each other on a phone. */
export class Folds {
  constructor(groups, viewOf) {
    Object.assign(this, { groups, viewOf });
    this.media = globalThis.matchMedia(NARROW);
    this.media.addEventListener("change", () => this.reset());
    if (this.media.matches) this.reset();
  }

  reset() {
    for (const group of this.groups) this.set(this.viewOf(group)?.el, this.media.matches);
  }

  set(element, shut) {
    element?.classList.toggle(SHUT, shut);
    const title = element?.shadowRoot?.querySelector(".sw-heading")?.shadowRoot?.querySelector("[data-act=fold]");
    title?.setAttribute("aria-expanded", String(!shut));
  }

  /** Shut or open the group that a click went through. */
  toggle(path) {
    const element = this.groups.map((group) => this.viewOf(group)?.el).find((each) => path.includes(each));
    if (element != null) this.set(element, !element.classList.contains(SHUT));
  }
}
