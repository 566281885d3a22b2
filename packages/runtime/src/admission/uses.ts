import type { Calls } from "./calls.ts";
import { type FunctionDeclaration, type Module, type Range, textAt } from "./tree.ts";

/**
 * What belongs to one entry point of a module: what stands in the functions it can reach, what stands outside of all
 * functions, and what stands nowhere. Only what others need and it does not is not its own. A name that a function
 * declares again counts as named: rather too much than too little.
 */
export class Uses {
  readonly #reached: ReadonlySet<string>;
  readonly #elsewhere: ReadonlySet<string>;

  constructor(module: Module, calls: Calls, entry: string) {
    const reached = functionsFrom(calls, module, entry);
    this.#reached = namesIn(module, reached);
    const others = [...module.functions.keys()].filter((name) => !reached.has(name));
    const inFunctions = namesIn(module, new Set(others));
    const outside = namesOutside(module);
    this.#elsewhere = new Set([...inFunctions].filter((name) => !outside.has(name)));
  }

  has(name: string): boolean {
    return this.#reached.has(name) || !this.#elsewhere.has(name);
  }
}

function functionsFrom(calls: Calls, module: Module, entry: string): ReadonlySet<string> {
  const found = new Set([entry]);
  for (const name of found) {
    const body = module.functions.get(name)?.body;
    if (body === undefined) continue;
    for (const callee of calls.callsIn({ from: body.open, to: body.close }))
      if (module.functions.has(callee)) found.add(callee);
  }
  return found;
}

function namesIn(module: Module, functions: ReadonlySet<string>): ReadonlySet<string> {
  const names = new Set<string>();
  for (const name of functions) {
    const declaration = module.functions.get(name);
    if (declaration !== undefined) addNames(module, rangeOf(declaration), names);
  }
  return names;
}

/** A function with its attributes, which stand before its name. */
function rangeOf({ attributes, name, body }: FunctionDeclaration): Range {
  const first = attributes[0]?.arguments.from ?? name;
  return { from: Math.min(first, name), to: body.close + 1 };
}

/** In what types, values and attributes of the module's own declarations name: each but the name declared. */
function namesOutside(module: Module): ReadonlySet<string> {
  const names = new Set<string>();
  const ranges = [
    ...module.values,
    ...module.aliases.values(),
    ...[...module.structs.values()].flatMap(({ members }) => members.map(({ type }) => type)),
    ...module.variables.flatMap(({ type }) => (type === undefined ? [] : [type])),
  ];
  for (const range of ranges) addNames(module, range, names);
  return names;
}

function addNames(module: Module, { from, to }: Range, names: Set<string>): void {
  for (let at = from; at < to; at++)
    if (module.tokens[at]?.kind === "name" && textAt(module, at - 1) !== ".") names.add(textAt(module, at));
}
