// Carry out graphs in the interpreter and give back what came out, as JSON without numbers that JSON does not have.
// Given: [{ graph, states: [{ input: value }] }]. A state sets only what it names, as a slider does.

const WORDED = (number) => (Number.isFinite(number) ? number : String(number).replace("Infinity", "inf").toLowerCase());

export function replay(compile, cases) {
  return cases.map(({ graph, states }) => {
    const program = compile(graph);
    return states.map((inputs) => {
      for (const [name, value] of Object.entries(inputs)) program.set(name, value);
      program.run();
      return Object.fromEntries(program.outputs.map((path) => [path, Array.from(program.output(path), WORDED)]));
    });
  });
}
