/** A cost that depends on the choices of a few variables. The table is row-major, in the order of `variables`. */
export interface Factor {
  readonly variables: readonly number[];
  readonly table: Float64Array;
}

export interface Cheapest {
  readonly choices: readonly number[];
  readonly cost: number;
}

/** Entries of the largest table that is still made. */
export const mostEntries: number = 2 ** 22;

/**
 * The choice of every variable for which the sum of all factors is least, exactly: variables are eliminated one by one, the one with the smallest table
 * first (bucket elimination, Dechter 1999). Time grows with how many variables hang together at once, not with how many there are. Of equal ones
 * the first. Nothing where a table would be larger than 4 million entries.
 * @param domains How many choices each variable has.
 */
export function cheapest(domains: readonly number[], factors: readonly Factor[]): Cheapest | undefined {
  const problem = new Problem(domains, factors);
  const steps: {
    readonly variable: number;
    readonly around: readonly number[];
    readonly best: Int32Array;
  }[] = [];
  let cost = 0;
  for (let variable = problem.next(); variable !== undefined; variable = problem.next()) {
    const around = problem.around(variable);
    const entries = entriesOf(around, domains);
    if (entries * (domains[variable] ?? 1) > mostEntries) return undefined;
    const { table, best } = eliminated(variable, around, problem.take(variable), domains);
    steps.push({ variable, around, best });
    if (around.length === 0) cost += table[0] ?? 0;
    else problem.add({ variables: around, table });
  }
  const choices = domains.map(() => 0);
  for (const { variable, around, best } of steps.toReversed())
    choices[variable] = best[placeOf(around, choices, domains)] ?? 0;
  return { choices, cost };
}

/** The variables that are left, and the factors that hold them together. */
class Problem {
  readonly #domains: readonly number[];
  readonly #factors: readonly Set<Factor>[];
  /** Entries of the table that eliminating each would make. */
  readonly #sizes = new Map<number, number>();

  constructor(domains: readonly number[], factors: readonly Factor[]) {
    this.#domains = domains;
    this.#factors = domains.map(() => new Set());
    for (const factor of factors)
      for (const variable of factor.variables) this.#factors[variable]?.add(factor);
    for (const [variable, mine] of this.#factors.entries()) if (mine.size > 0) this.#measure(variable);
  }

  /** The one with the smallest table. */
  next(): number | undefined {
    let [found, least]: [number | undefined, number] = [undefined, Infinity];
    for (const [variable, size] of this.#sizes) if (size < least) [found, least] = [variable, size];
    return found;
  }

  /** The others that hang together with a variable. */
  around(variable: number): readonly number[] {
    const together = new Set<number>();
    for (const factor of this.#factors[variable] ?? [])
      for (const other of factor.variables) together.add(other);
    together.delete(variable);
    return [...together];
  }

  /** Takes a variable out, and gives the factors that it was in. */
  take(variable: number): readonly Factor[] {
    const taken = [...(this.#factors[variable] ?? [])];
    for (const factor of taken) for (const other of factor.variables) this.#factors[other]?.delete(factor);
    this.#sizes.delete(variable);
    return taken;
  }

  add(factor: Factor): void {
    for (const variable of factor.variables) this.#factors[variable]?.add(factor);
    for (const variable of factor.variables) this.#measure(variable);
  }

  #measure(variable: number): void {
    this.#sizes.set(variable, entriesOf(this.around(variable), this.#domains));
  }
}

function entriesOf(variables: readonly number[], domains: readonly number[]): number {
  return variables.reduce((product, variable) => product * (domains[variable] ?? 1), 1);
}

/** The least sum over the variable's choices, for every choice of those around it, and which it was. */
function eliminated(
  variable: number,
  around: readonly number[],
  factors: readonly Factor[],
  domains: readonly number[],
): { readonly table: Float64Array; readonly best: Int32Array } {
  const sizes = around.map((other) => domains[other] ?? 1);
  const walks = factors.map((factor) => new Walk(factor, { variable, around, domains }));
  const entries = entriesOf(around, domains);
  const table = new Float64Array(entries).fill(Infinity);
  const best = new Int32Array(entries);
  const counts = new Int32Array(around.length);
  for (let entry = 0; entry < entries; entry++) {
    for (let choice = 0; choice < (domains[variable] ?? 1); choice++) {
      let sum = 0;
      for (const walk of walks) sum += walk.at(choice);
      if (sum >= (table[entry] ?? Infinity)) continue;
      table[entry] = sum;
      best[entry] = choice;
    }
    let last = around.length - 1;
    for (; last >= 0; last--) {
      const next = (counts[last] ?? 0) + 1;
      const isOver = next === sizes[last];
      counts[last] = isOver ? 0 : next;
      for (const walk of walks) walk.step(last, isOver ? 1 - next : 1);
      if (!isOver) break;
    }
  }
  return { table, best };
}

/** A factor's table, read entry by entry as the choices of those around a variable are counted up. */
class Walk {
  readonly #table: Float64Array;
  readonly #strides: readonly number[];
  readonly #own: number;
  #place = 0;

  constructor(
    { variables, table }: Factor,
    over: {
      readonly variable: number;
      readonly around: readonly number[];
      readonly domains: readonly number[];
    },
  ) {
    const strideOf = (other: number): number => {
      const index = variables.indexOf(other);
      return index < 0 ? 0 : entriesOf(variables.slice(index + 1), over.domains);
    };
    this.#table = table;
    this.#strides = over.around.map(strideOf);
    this.#own = strideOf(over.variable);
  }

  at(choice: number): number {
    return this.#table[this.#place + choice * this.#own] ?? 0;
  }

  step(index: number, by: number): void {
    this.#place += by * (this.#strides[index] ?? 0);
  }
}

/** Where the table of these variables has its entry for these choices. */
export function placeOf(
  variables: readonly number[],
  choices: readonly number[],
  domains: readonly number[],
): number {
  let place = 0;
  for (const variable of variables) place = place * (domains[variable] ?? 1) + (choices[variable] ?? 0);
  return place;
}

/** The inverse of `placeOf`: sets the choices that an entry stands for. */
export function setAt(
  choices: number[],
  variables: readonly number[],
  entry: number,
  domains: readonly number[],
): void {
  let rest = entry;
  for (const variable of variables.toReversed()) {
    const size = domains[variable] ?? 1;
    choices[variable] = rest % size;
    rest = Math.floor(rest / size);
  }
}
