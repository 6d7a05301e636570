// Computes the states of a file from the bundle of another, and prints what a page would show.
const { connect, unpack } = await import(process.argv[2]);
const texts = await import(process.argv[3]);
const { readFileSync } = await import("node:fs");
const [block, states] = process.argv.slice(4).map((path) => readFileSync(path));
const engine = connect({ bundle: unpack(block) });
const plain = (x) => (Number.isFinite(x) ? x : String(x));
const found = JSON.parse(states).map((state) => {
  engine.take({ state });
  if (!engine.compute()) return null;
  const read = (path) => engine.read(path);
  const column = (path) => Array.from(engine.program.output(path), plain);
  const card = (name) => ["value", "low", "high"].map((part) => read(`cards/${name}/${part}`));
  return {
    columns: Object.fromEntries(engine.program.outputs.map((path) => [path, column(path)])),
    cards: engine.set.cards.map(([name, format]) => texts.cardText(card(name), format, read("notes/beyond"))),
    changes: engine.set.cards.map(([name, format]) => texts.changeText(
      ["pinned", "change", "change_low", "change_high"].map((part) => read(`cards/${name}/${part}`)),
      format, !(read("notes/unpaired") > 0))),
    sentences: engine.set.sentences.filter(([, , when]) => when === "" || read(when) > 0)
      .map((said) => texts.sentenceText(said, read)),
    rows: engine.set.rows.map(([paths, format]) => texts.rowTexts(paths.map((path) => (path ? read(path) : NaN)), format)),
    code: texts.codeText(engine),
  };
});
console.log(JSON.stringify(found));
