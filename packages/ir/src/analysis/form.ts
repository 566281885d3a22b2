/**
 * A polynomial with whole coefficients over the unknowns of a kernel, as a sum of monomials. A monomial is the names of
 * its unknowns, sorted and joined by `*`; "" is the constant. The unknowns:
 *
 *   p0, p1, p2   the program's place in the grid
 *   l0, l1, ...  the place of an element along an axis of its tile
 *   t12          how many turns the loop with index %12 has done
 *   s7           the scalar %7, of which nothing else is known
 *   c9           the carried value %9, while its loop is being looked at
 */
export type Form = ReadonlyMap<string, number>;

const mostTerms = 32;
const mostUnknowns = 4;

export function constantForm(value: number): Form {
  return new Map(value === 0 ? [] : [["", value]]);
}

export function unknownForm(name: string): Form {
  return new Map([[name, 1]]);
}

/** `a + factor * b`; undefined when it grows too long. */
export function addForms(a: Form, b: Form, factor = 1): Form | undefined {
  const sum = new Map(a);
  for (const [monomial, coefficient] of b) {
    const next = (sum.get(monomial) ?? 0) + factor * coefficient;
    if (next === 0) sum.delete(monomial);
    else sum.set(monomial, next);
  }
  return sum.size <= mostTerms ? sum : undefined;
}

/** `a * b`; undefined when it grows too long or too steep. */
export function multiplyForms(a: Form, b: Form): Form | undefined {
  let product: Form | undefined = new Map();
  for (const [left, x] of a) {
    for (const [right, y] of b) {
      const unknowns = [...unknownsOf(left), ...unknownsOf(right)].toSorted();
      if (unknowns.length > mostUnknowns) return undefined;
      product = addForms(product, new Map([[unknowns.join("*"), x * y]]));
      if (product === undefined) return undefined;
    }
  }
  return product;
}

/** The unknowns of a monomial. */
export function unknownsOf(monomial: string): readonly string[] {
  return monomial === "" ? [] : monomial.split("*");
}

/** Every unknown of a form, once. */
export function unknownsIn(form: Form): ReadonlySet<string> {
  return new Set([...form.keys()].flatMap(unknownsOf));
}

/** The form with its lanes called anew; undefined when `rename` has no name for one of them. */
export function renameLanes(form: Form, rename: (axis: number) => number | undefined): Form | undefined {
  const renamed = new Map<string, number>();
  for (const [monomial, coefficient] of form) {
    const names = unknownsOf(monomial).map((name) => {
      const axis = name.startsWith("l") ? rename(Number(name.slice(1))) : -1;
      return axis === -1 ? name : axis === undefined ? "" : `l${axis}`;
    });
    if (names.includes("")) return undefined;
    renamed.set(names.toSorted().join("*"), coefficient);
  }
  return renamed;
}

export function sameForm(a: Form, b: Form): boolean {
  return a.size === b.size && [...a].every(([monomial, coefficient]) => b.get(monomial) === coefficient);
}

/** The number a form comes to; undefined when `valueOf` does not know an unknown. */
export function evaluateForm(
  form: Form,
  valueOf: (unknown: string) => number | undefined,
): number | undefined {
  let sum = 0;
  for (const [monomial, coefficient] of form) {
    let term = coefficient;
    for (const name of unknownsOf(monomial)) {
      const value = valueOf(name);
      if (value === undefined) return undefined;
      term *= value;
    }
    sum += term;
  }
  return sum;
}
