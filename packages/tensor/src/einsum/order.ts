import type { Name } from "./parse.ts";

/** The operands' places in the list: the two that are contracted are taken out of it, their product goes to its end. */
export type Pair = readonly [number, number];

type Names = ReadonlySet<Name>;

/** Up to so many operands, all orders are looked at. */
const mostExact = 8;

/**
 * In which order to contract: the fewest multiplications for up to eight operands, by dynamic programming over their subsets (Pfeifer,
 * Haegeman, Verstraete 2014); of more, always the pair that makes the least of what it takes (opt_einsum's greedy way).
 */
export function contractionOrder(
  operands: readonly Names[],
  result: Names,
  sizes: ReadonlyMap<Name, number>,
): readonly Pair[] {
  return operands.length <= mostExact ? exact(operands, result, sizes) : greedy(operands, result, sizes);
}

/** Names that a product of these operands must keep: others have them, or the result. */
export function keptNames(inside: readonly Names[], outside: readonly Names[], result: Names): Names {
  const wanted = union(result, ...outside);
  return new Set(Array.from(union(...inside)).filter((name) => wanted.has(name)));
}

interface Best {
  readonly cost: number;
  readonly names: Names;
  /** The two subsets that it is made of; absent for one operand. */
  readonly parts?: readonly [number, number];
}

function exact(operands: readonly Names[], result: Names, sizes: ReadonlyMap<Name, number>): readonly Pair[] {
  const best = new Map<number, Best>(operands.map((names, at) => [1 << at, { cost: 0, names }]));
  const all = (1 << operands.length) - 1;
  for (let set = 1; set <= all; set++) {
    if (best.has(set)) continue;
    const isIn = (at: number): boolean => ((set >> at) & 1) === 1;
    const names = keptNames(
      operands.filter((_, at) => isIn(at)),
      operands.filter((_, at) => !isIn(at)),
      result,
    );
    best.set(set, { names, ...cheapest(set, best, sizes) });
  }
  return unfold(all, best, operands.length);
}

/** Of all ways to cut a set in two. */
function cheapest(
  set: number,
  best: ReadonlyMap<number, Best>,
  sizes: ReadonlyMap<Name, number>,
): Pick<Best, "cost" | "parts"> {
  let found: { readonly cost: number; readonly parts: readonly [number, number] } | undefined;
  for (let left = (set - 1) & set; left > (set ^ left); left = (left - 1) & set) {
    const [a, b] = [best.get(left), best.get(set ^ left)];
    if (a === undefined || b === undefined) continue;
    const cost = a.cost + b.cost + volume(union(a.names, b.names), sizes);
    if (found === undefined || cost < found.cost) found = { cost, parts: [left, set ^ left] };
  }
  return found ?? { cost: 0 };
}

/** Subsets as places in a list that gets shorter. */
function unfold(all: number, best: ReadonlyMap<number, Best>, count: number): readonly Pair[] {
  const list = Array.from({ length: count }, (_, at) => 1 << at);
  const pairs: Pair[] = [];
  const visit = (set: number): void => {
    const parts = best.get(set)?.parts;
    if (parts === undefined) return;
    parts.forEach(visit);
    const [a, b] = parts.map((part) => list.indexOf(part));
    const pair = [Math.min(a ?? 0, b ?? 0), Math.max(a ?? 0, b ?? 0)] as const;
    pairs.push(pair);
    list.splice(pair[1], 1);
    list.splice(pair[0], 1);
    list.push(set);
  };
  visit(all);
  return pairs;
}

function greedy(
  operands: readonly Names[],
  result: Names,
  sizes: ReadonlyMap<Name, number>,
): readonly Pair[] {
  const list = [...operands];
  const pairs: Pair[] = [];
  while (list.length > 1) {
    const [pair, names] = leastGrowth(list, result, sizes);
    pairs.push(pair);
    list.splice(pair[1], 1);
    list.splice(pair[0], 1);
    list.push(names);
  }
  return pairs;
}

function leastGrowth(
  list: readonly Names[],
  result: Names,
  sizes: ReadonlyMap<Name, number>,
): readonly [Pair, Names] {
  let found: { readonly growth: number; readonly pair: Pair; readonly names: Names } | undefined;
  for (const [at, a] of list.entries()) {
    for (const [more, b] of list.slice(at + 1).entries()) {
      const pair = [at, at + 1 + more] as const;
      const others = list.filter((_, n) => !pair.includes(n));
      const names = keptNames([a, b], others, result);
      const growth = volume(names, sizes) - volume(a, sizes) - volume(b, sizes);
      if (found === undefined || growth < found.growth) found = { growth, pair, names };
    }
  }
  return [found?.pair ?? [0, 1], found?.names ?? new Set()];
}

function union(...sets: readonly Names[]): Names {
  return new Set(sets.flatMap((names) => Array.from(names)));
}

function volume(names: Names, sizes: ReadonlyMap<Name, number>): number {
  return Array.from(names).reduce((product, name) => product * (sizes.get(name) ?? 1), 1);
}
