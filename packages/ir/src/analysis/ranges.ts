import type { BinaryOp, TileKernel, TileOp, TileValueOp, ValueId } from "../tile.ts";
import { isValueOp } from "../walk.ts";

/** Least and greatest value of every element. */
export interface Range {
  readonly least: number;
  readonly most: number;
}

/** The range of an i32 of which nothing is known. */
export const anyRange: Range = { least: -(2 ** 31), most: 2 ** 31 - 1 };
const notNegative: Range = { least: 0, most: anyRange.most };

/** A launch's numbers, where they are known. */
export interface LaunchNumbers {
  readonly grid: readonly number[];
  /** Values of the scalar parameters, in order. */
  readonly scalars: readonly number[];
}

/** What is known of the kernel's i32 values. Sizes given at launch may be anything, unless the launch is given, too. */
export function rangesOf(kernel: TileKernel, launch?: LaunchNumbers): (value: ValueId) => Range {
  const ranges = new Map<ValueId, Range>(launch === undefined ? [] : givenRanges(kernel, launch));
  const rangeOf = (value: ValueId): Range => ranges.get(value) ?? anyRange;
  const visit = (block: readonly TileOp[]): void => {
    for (const op of block) {
      if (op.kind === "for") {
        ranges.set(op.index, turnRange(rangeOf(op.lower), rangeOf(op.upper), op.step));
        visit(op.body);
      } else if (op.kind === "if") {
        visit(op.whenTrue);
        visit(op.whenFalse);
        const whole = op.joined.filter(({ type }) => type.dtype === "i32");
        for (const item of whole)
          ranges.set(item.result, joined(rangeOf(item.whenTrue), rangeOf(item.whenFalse)));
      } else if (isValueOp(op) && op.type.dtype === "i32") {
        ranges.set(op.result, programRange(op, launch) ?? rangeOfOp(op, rangeOf));
      }
    }
  };
  visit(kernel.body);
  return rangeOf;
}

function givenRanges(kernel: TileKernel, { scalars }: LaunchNumbers): readonly (readonly [ValueId, Range])[] {
  const numbers = kernel.params.filter((param) => param.kind === "scalar");
  return numbers.flatMap(({ dtype, value }, at) => {
    const number = scalars[at];
    return dtype === "i32" && number !== undefined ? [[value, exactly(number)] as const] : [];
  });
}

function exactly(value: number): Range {
  return { least: value, most: value };
}

/** Where the launch says how many programs there are. */
function programRange(op: TileOp, launch: LaunchNumbers | undefined): Range | undefined {
  if (launch === undefined) return undefined;
  if (op.kind === "programId") return { least: 0, most: (launch.grid[op.axis] ?? 1) - 1 };
  return op.kind === "numPrograms" ? exactly(launch.grid[op.axis] ?? 1) : undefined;
}

/** A loop that starts at a known number ends at a turn of its own step. */
function turnRange(lower: Range, upper: Range, step: number): Range {
  const last = Math.max(lower.least, upper.most - 1);
  const turns = Math.floor((last - lower.least) / step);
  return { least: lower.least, most: lower.least === lower.most ? lower.least + turns * step : last };
}

type OpRules = {
  readonly [K in TileValueOp["kind"]]?: (
    op: Extract<TileValueOp, { readonly kind: K }>,
    rangeOf: (value: ValueId) => Range,
  ) => Range;
};

const opRules: OpRules = {
  const: ({ value }) => ({ least: value, most: value }),
  arange: ({ start, end }) => ({ least: start, most: end - 1 }),
  programId: () => notNegative,
  numPrograms: () => ({ least: 1, most: notNegative.most }),
  argsort: ({ type, axis }) => ({ least: 0, most: Math.max(0, (type.shape[axis] ?? 1) - 1) }),
  broadcast: ({ input }, rangeOf) => rangeOf(input),
  reshape: ({ input }, rangeOf) => rangeOf(input),
  transpose: ({ input }, rangeOf) => rangeOf(input),
  pick: ({ input }, rangeOf) => rangeOf(input),
  gather: ({ input }, rangeOf) => rangeOf(input),
  join: ({ left, right }, rangeOf) => joined(rangeOf(left), rangeOf(right)),
  select: ({ yes, no }, rangeOf) => joined(rangeOf(yes), rangeOf(no)),
  binary: ({ op, left, right }, rangeOf) => {
    const [a, b] = [rangeOf(left), rangeOf(right)];
    return binaryRange(op, a, b) ?? quotientRules[op]?.(a, b) ?? anyRange;
  },
  reduce: ({ op, input }, rangeOf) => (op === "max" || op === "min" ? rangeOf(input) : anyRange),
};

function rangeOfOp(op: TileValueOp, rangeOf: (value: ValueId) => Range): Range {
  // The rule found under a kind takes ops of that kind.
  const rule = opRules[op.kind] as ((op: TileValueOp, from: typeof rangeOf) => Range) | undefined;
  return rule?.(op, rangeOf) ?? anyRange;
}

function joined(a: Range, b: Range): Range {
  return { least: Math.min(a.least, b.least), most: Math.max(a.most, b.most) };
}

type Rule = (a: Range, b: Range) => Range;

const quotientRules: Partial<Record<BinaryOp["op"], Rule>> = {
  mod: (a, b) => {
    if (a.least < 0 || b.least <= 0) return anyRange;
    const known = a.least === a.most && b.least === b.most;
    return known ? exactly(a.least % b.least) : { least: 0, most: Math.min(a.most, b.most - 1) };
  },
  idiv: (a, b) => (a.least >= 0 && b.least > 0 ? quotientRange(a, b) : anyRange),
};

/**
 * Where sums, differences, products, minima and maxima of i32 lie. Undefined for other ops, and where one may leave i32: it may
 * wrap, so nothing is known of it.
 */
export function binaryRange(op: BinaryOp["op"], a: Range, b: Range): Range | undefined {
  const ends = monotone[op]?.(a, b);
  if (ends === undefined) return undefined;
  const [least, most] = [Math.min(...ends), Math.max(...ends)];
  return least >= anyRange.least && most <= anyRange.most ? { least, most } : undefined;
}

/** Results among which are the least and the greatest. */
const monotone: Partial<Record<BinaryOp["op"], (a: Range, b: Range) => readonly number[]>> = {
  add: (a, b) => [a.least + b.least, a.most + b.most],
  sub: (a, b) => [a.least - b.most, a.most - b.least],
  mul: (a, b) => [a.least * b.least, a.least * b.most, a.most * b.least, a.most * b.most],
  min: (a, b) => [Math.min(a.least, b.least), Math.min(a.most, b.most)],
  max: (a, b) => [Math.max(a.least, b.least), Math.max(a.most, b.most)],
};

/** Where quotients of i32 lie, cut towards 0, whose divisor is at least 1. */
export function quotientRange(a: Range, b: Range): Range {
  const ends = [a.least / b.most, a.least / b.least, a.most / b.most, a.most / b.least].map(Math.trunc);
  return { least: Math.min(...ends), most: Math.max(...ends) };
}
