// Reads what a page shows, state after state: all numbers in one block, where each comes from, and the words.

function finite(value) {
  if (typeof value !== "number") throw new Error(`a column holds ${value}`);
  return value;
}

/** The elements of a selector in some roots, as readers see them: hidden ones are left out. */
function visible(roots, selector) {
  return roots.flatMap((root) => [...root.querySelectorAll(selector)]).filter((element) => !element.hidden);
}

/** The words that are shown in some roots: the code, the cards as value and note, and the sentences. */
function wordsIn(roots) {
  const cards = visible(roots, "[data-card]").map((card) => {
    const part = (role) => card.querySelector(`.sw-card-${role}`).textContent;
    return [card.dataset.card, [part("value"), part("note")]];
  });
  return {
    code: visible(roots, "[data-code]")[0].textContent,
    cards: Object.fromEntries(cards),
    sentences: visible(roots, "[data-sentence]").map((sentence) => sentence.textContent),
  };
}

class Readings {
  constructor() {
    this.layouts = new Map();
    this.states = [];
    this.numbers = [];
  }

  /** Add a state: the figures of `maps` of which `model(name)` gives sources and ranges, and words. */
  add(maps, model, words) {
    const layout = [];
    const put = (place, from, values) => {
      layout.push([place, from, values.length]);
      this.numbers.push(Float64Array.from(values, finite));
    };
    for (const { sources, ranges } of Object.values(maps)) {
      for (const [source, columns] of Object.entries(sources)) {
        const data = model(source)?.data;
        if (data == null) continue;
        for (const [column, from] of Object.entries(columns)) {
          put(`${source} ${column}`, from, data instanceof Map ? data.get(column) : data[column]);
        }
      }
      for (const [range, [low, high]] of Object.entries(ranges)) {
        if (model(range) == null) continue;
        put(`${range}.start`, [low], [model(range).start]);
        put(`${range}.end`, [high], [model(range).end]);
      }
    }
    const key = JSON.stringify(layout);
    if (!this.layouts.has(key)) this.layouts.set(key, this.layouts.size);
    this.states.push({ layout: this.layouts.get(key), words });
  }

  /** All that was read, as JSON and as doubles in base64: number by number the way to Python would take longer. */
  packed() {
    const doubles = new Float64Array(this.numbers.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const values of this.numbers) {
      doubles.set(values, at);
      at += values.length;
    }
    const bytes = new Uint8Array(doubles.buffer);
    const parts = [];
    for (let i = 0; i < bytes.length; i += 0x8000) parts.push(String.fromCharCode(...bytes.subarray(i, i + 0x8000)));
    const layouts = [...this.layouts.keys()].map((key) => JSON.parse(key));
    return { text: JSON.stringify({ layouts, states: this.states }), doubles: btoa(parts.join("")) };
  }
}
