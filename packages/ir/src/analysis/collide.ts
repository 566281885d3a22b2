/** How much two writers may differ in one unknown, and what that is worth in each monomial of the place. */
export interface Variable {
  readonly name: string;
  readonly weight: ReadonlyMap<string, number>;
  readonly least: number;
  readonly most: number;
}

/** For each unknown how far the second writer is from the first, of how much at most. */
export type Collision = ReadonlyMap<string, { readonly step: number; readonly most: number }>;

const mostSteps = 20_000;

/**
 * Differences of the variables, each within its bounds, for which the place is the same in every monomial and `accepts`
 * says yes. Undefined when there are none, or none were found in a bounded number of steps.
 */
export function findCollision(
  variables: readonly Variable[],
  accepts: (collision: Collision) => boolean,
): Collision | undefined {
  const order = variables.toSorted((a, b) => largest(b) - largest(a));
  const monomials = [...new Set(order.flatMap(({ weight }) => [...weight.keys()]))];
  const search: Search = { order, monomials, reach: reaches(order, monomials), accepts, left: mostSteps };
  return descend(search, 0, new Map(), new Map());
}

interface Search {
  readonly order: readonly Variable[];
  readonly monomials: readonly string[];
  /** For each place in the order, how far the variables from there on can move each monomial: down and up. */
  readonly reach: readonly ReadonlyMap<string, readonly [number, number]>[];
  readonly accepts: (collision: Collision) => boolean;
  left: number;
}

function largest({ weight }: Variable): number {
  return Math.max(0, ...[...weight.values()].map(Math.abs));
}

function reaches(order: readonly Variable[], monomials: readonly string[]): Search["reach"] {
  const reach: ReadonlyMap<string, readonly [number, number]>[] = [
    new Map(monomials.map((monomial) => [monomial, [0, 0]])),
  ];
  for (const { weight, least, most } of order.toReversed()) {
    const after = reach[0] ?? new Map<string, readonly [number, number]>();
    const here = monomials.map((monomial): [string, readonly [number, number]] => {
      const [down, up] = after.get(monomial) ?? [0, 0];
      const ends = [least, most].map((end) => end * (weight.get(monomial) ?? 0));
      return [monomial, [down + Math.min(...ends), up + Math.max(...ends)]];
    });
    reach.unshift(new Map(here));
  }
  return reach;
}

function descend(
  search: Search,
  depth: number,
  sums: ReadonlyMap<string, number>,
  steps: ReadonlyMap<string, number>,
): Collision | undefined {
  const variable = search.order[depth];
  if (variable === undefined) return accepted(search, steps);
  const [low, high] = window(search, depth, sums, variable);
  for (const step of fromZero(low, high)) {
    search.left -= 1;
    if (search.left < 0) return undefined;
    const next = new Map(sums);
    for (const [monomial, weight] of variable.weight)
      next.set(monomial, (next.get(monomial) ?? 0) + step * weight);
    const found = descend(search, depth + 1, next, new Map(steps).set(variable.name, step));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The steps of a variable after which the others can still bring every monomial to 0. */
function window(
  { monomials, reach }: Search,
  depth: number,
  sums: ReadonlyMap<string, number>,
  { weight, least, most }: Variable,
): readonly [number, number] {
  let [low, high] = [least, most];
  for (const monomial of monomials) {
    const [down, up] = reach[depth + 1]?.get(monomial) ?? [0, 0];
    const sum = sums.get(monomial) ?? 0;
    const each = weight.get(monomial) ?? 0;
    if (each === 0) {
      if (sum + down > 0 || sum + up < 0) return [1, 0];
      continue;
    }
    const ends = [(-up - sum) / each, (-down - sum) / each];
    low = Math.max(low, Math.ceil(Math.min(...ends)));
    high = Math.min(high, Math.floor(Math.max(...ends)));
  }
  return [low, high];
}

/** The whole numbers from `low` to `high`, those near 0 first: neighbours collide most often. */
function* fromZero(low: number, high: number): Iterable<number> {
  const start = Math.min(Math.max(0, low), high);
  for (let away = 0; start - away >= low || start + away <= high; away++) {
    if (start + away <= high && start + away >= low) yield start + away;
    if (away > 0 && start - away >= low) yield start - away;
  }
}

function accepted({ order, accepts }: Search, steps: ReadonlyMap<string, number>): Collision | undefined {
  const collision = new Map(
    order.map(({ name, most }) => [name, { step: steps.get(name) ?? 0, most }] as const),
  );
  return accepts(collision) ? collision : undefined;
}
