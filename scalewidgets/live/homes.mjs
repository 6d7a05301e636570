// Where controls are at home: at their defaults, or at what the chosen coefficients bring along. Resetting goes there.

/** Where a control of an engine goes when it is reset. */
export function homeOf(engine, name) {
  const set = engine.sets[engine.key()];
  // coefficients whose set is still to come are brought along by it
  if (set == null && Object.hasOwn(engine.set?.taken ?? {}, name)) return engine.state[name];
  return set?.taken?.[name] ?? engine.controls.get(name).home;
}

/** Those of some controls that are not at home. */
export function away(engine, names) {
  return names.filter((name) => engine.controls?.has(name) && engine.state[name] !== homeOf(engine, name));
}

/** Take controls home: choices first, since coefficients follow them. */
export function reset(engine, names) {
  const choices = names.filter((name) => engine.controls.get(name)?.kind === "choice");
  for (const some of [choices, names]) {
    const left = away(engine, some);
    if (left.length > 0) engine.move(Object.fromEntries(left.map((name) => [name, homeOf(engine, name)])), { settled: true });
  }
}
