import { binaryMeaning, type DType, dtypeInfo, unaryMeaning, type ValueId } from "@tilebook/ir";

/**
 * What is known of all elements of a tile: that each is this number; or that they are those of the value `name`, and between
 * which numbers they lie. All of it holds as long as nothing is NaN, and does not tell 0 from -0.
 */
export type Known =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "named"; readonly name: ValueId; readonly least: number; readonly most: number };

export function numberKnown(value: number): Known {
  return { kind: "number", value };
}

export function named(name: ValueId, least: number = -Infinity, most: number = Infinity): Known {
  return { kind: "named", name, least, most };
}

export function sameKnown(a: Known, b: Known): boolean {
  if (a.kind === "number") return b.kind === "number" && a.value === b.value;
  return b.kind === "named" && a.name === b.name;
}

export function isNumber(known: Known, value: number): boolean {
  return known.kind === "number" && known.value === value;
}

export function leastOf(known: Known): number {
  return known.kind === "number" ? known.value : known.least;
}

function mostOf(known: Known): number {
  return known.kind === "number" ? known.value : known.most;
}

/** Undefined when it is nothing that has a name already. */
export function unaryKnown(op: keyof typeof unaryMeaning, dtype: DType, x: Known): Known | undefined {
  const meaning = unaryMeaning[op];
  if (x.kind === "number") return rounded(meaning(x.value), dtype);
  // An exponential of something so far below 0 that even an f64 has no number for it.
  const vanishes = (op === "exp" || op === "exp2") && meaning(x.most) === 0;
  return vanishes ? numberKnown(0) : undefined;
}

/** `x` and `y` are of one dtype, the result is of `dtype`. Undefined when it is nothing that has a name already. */
export function binaryKnown(
  op: keyof typeof binaryMeaning,
  dtype: DType,
  [x, y]: readonly [Known, Known],
): Known | undefined {
  if (x.kind === "number" && y.kind === "number") {
    const whole = op === "mul" && dtypeInfo[dtype].kind === "integer";
    return rounded((whole ? Math.imul : binaryMeaning[op])(x.value, y.value), dtype);
  }
  return rules[op]?.(x, y) ?? undefined;
}

/** Between which numbers a float difference lies. */
export function differenceBounds(x: Known, y: Known): readonly [number, number] {
  const [least, most] = [leastOf(x) - mostOf(y), mostOf(x) - leastOf(y)];
  return [Number.isNaN(least) ? -Infinity : least, Number.isNaN(most) ? Infinity : most];
}

function rounded(value: number, dtype: DType): Known | undefined {
  return Number.isNaN(value) ? undefined : numberKnown(dtypeInfo[dtype].round(value));
}

type Rule = (x: Known, y: Known) => Known | undefined;

const isInfinite = (known: Known): boolean => known.kind === "number" && Math.abs(known.value) === Infinity;

const greater: Rule = (x, y) => (leastOf(x) >= mostOf(y) ? x : leastOf(y) >= mostOf(x) ? y : itself(x, y));
const lesser: Rule = (x, y) => (mostOf(x) <= leastOf(y) ? x : mostOf(y) <= leastOf(x) ? y : itself(x, y));
const itself: Rule = (x, y) => (sameKnown(x, y) ? x : undefined);
const zeroOf = (x: Known, y: Known): Known | undefined => [x, y].find((known) => isNumber(known, 0));

/** x > y, from the numbers between which both lie. */
const above: Rule = (x, y) =>
  leastOf(x) > mostOf(y) ? numberKnown(1) : mostOf(x) <= leastOf(y) ? numberKnown(0) : undefined;
/** x >= y */
const notBelow: Rule = (x, y) =>
  leastOf(x) >= mostOf(y) ? numberKnown(1) : mostOf(x) < leastOf(y) ? numberKnown(0) : undefined;

const rules: Partial<Record<keyof typeof binaryMeaning, Rule>> = {
  add: (x, y) => (isNumber(x, 0) || isInfinite(y) ? y : isNumber(y, 0) || isInfinite(x) ? x : undefined),
  sub: (x, y) => {
    if (isNumber(y, 0) || isInfinite(x)) return x;
    if (y.kind === "number" && isInfinite(y)) return numberKnown(-y.value);
    return sameKnown(x, y) ? numberKnown(0) : undefined;
  },
  mul: (x, y) => zeroOf(x, y) ?? (isNumber(x, 1) ? y : isNumber(y, 1) ? x : undefined),
  div: (x, y) => (isNumber(x, 0) || isNumber(y, 1) ? x : undefined),
  idiv: (x, y) => (isNumber(x, 0) || isNumber(y, 1) ? x : undefined),
  max: greater,
  min: lesser,
  gt: above,
  ge: notBelow,
  lt: (x, y) => above(y, x),
  le: (x, y) => notBelow(y, x),
  and: (x, y) => zeroOf(x, y) ?? itself(x, y),
  or: (x, y) => (isNumber(x, 0) ? y : isNumber(y, 0) ? x : itself(x, y)),
};
