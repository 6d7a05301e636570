// Moves an engine, takes the moves back, and prints where it stood; then its numbers as CSV.
import { readFileSync } from "node:fs";

globalThis.requestAnimationFrame = (act) => setTimeout(act, 0);
globalThis.cancelAnimationFrame = clearTimeout;
const [connect, history, exports, address] = await Promise.all(process.argv.slice(2, 6).map((path) => import(path)));
const { moves, fragments } = JSON.parse(readFileSync(process.argv[7], "utf8"));
const engine = connect.connect({ bundle: connect.unpack(readFileSync(process.argv[6])) });
engine.flush();
const first = engine.whole;
const REST = 20;
const way = new history.History(engine, { rest: REST });
const rest = () => new Promise((resolve) => setTimeout(resolve, 4 * REST));
const stood = [];
const note = () => stood.push({ state: { ...engine.state }, undo: way.canUndo, redo: way.canRedo, length: way.way.length });
note();
for (const steps of moves) {
  for (const step of steps) {
    if (step === "undo" || step === "redo") way[step]();
    else engine.move(step);
    engine.flush();
  }
  await rest();
  note();
}
way.stop();
const parse = (control, text) => {
  if (Number.isNaN(Number(text))) throw new Error("no number");
  return Number(text);
};
const known = fragments.map((fragment) => address.stateIn(fragment, engine, first, ["compute", "fit"], parse));
const shared = String(address.sharedAddress(engine, first, "1.0"));
console.log(JSON.stringify({
  stood,
  csv: exports.csvOf(engine),
  known,
  shared,
  same: address.differences(shared, engine, "1.0", (name) => name),
  others: address.differences(shared.replace(/gave\.N=[^&]*/, "gave.N=1e9"), engine, "1.1", (name) => name),
}));
