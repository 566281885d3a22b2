import { isValueOp, type BinaryOp, type TileKernel, type TileOp, type ValueId } from "@tilebook/ir";

/** Least and greatest value of every element. */
export interface Range {
  readonly least: number;
  readonly most: number;
}

const anything: Range = { least: -(2 ** 31), most: 2 ** 31 - 1 };
const notNegative: Range = { least: 0, most: 2 ** 31 - 1 };

/** What is known of the kernel's i32 values. Sizes given at launch may be anything. */
export function findRanges(kernel: TileKernel): (value: ValueId) => Range {
  const ranges = new Map<ValueId, Range>();
  const rangeOf = (value: ValueId): Range => ranges.get(value) ?? anything;
  const visit = (block: readonly TileOp[]): void => {
    for (const op of block) {
      if (isValueOp(op)) {
        const range = op.type.dtype === "i32" ? rangeOfOp(op, rangeOf) : anything;
        if (range !== anything) ranges.set(op.result, range);
      } else if (op.kind === "for") {
        const [lower, upper] = [rangeOf(op.lower), rangeOf(op.upper)];
        ranges.set(op.index, { least: lower.least, most: Math.max(lower.least, upper.most - 1) });
        visit(op.body);
      } else if (op.kind === "if") {
        visit(op.whenTrue);
        visit(op.whenFalse);
      }
    }
  };
  visit(kernel.body);
  return rangeOf;
}

function rangeOfOp(op: Extract<TileOp, { result: ValueId }>, rangeOf: (value: ValueId) => Range): Range {
  switch (op.kind) {
    case "const":
      return { least: op.value, most: op.value };
    case "arange":
      return { least: op.start, most: op.end - 1 };
    case "programId":
      return notNegative;
    case "numPrograms":
      return { least: 1, most: notNegative.most };
    case "broadcast":
    case "reshape":
    case "transpose":
      return rangeOf(op.input);
    case "select":
      return join(rangeOf(op.yes), rangeOf(op.no));
    case "binary":
      return binaryRules[op.op]?.(rangeOf(op.left), rangeOf(op.right)) ?? anything;
    case "join":
      return join(rangeOf(op.left), rangeOf(op.right));
    case "pick":
    case "gather":
      return rangeOf(op.input);
    case "argsort":
      return { least: 0, most: (op.type.shape[op.axis] ?? 1) - 1 };
    case "unary":
    case "cast":
    case "bitcast":
    case "atomic":
    case "load":
    case "dot":
    case "reduce":
      return anything;
  }
}

function join(a: Range, b: Range): Range {
  return { least: Math.min(a.least, b.least), most: Math.max(a.most, b.most) };
}

/** A sum that may leave i32 may wrap, so then nothing is known. */
function fits(least: number, most: number): Range {
  return least >= anything.least && most <= anything.most ? { least, most } : anything;
}

type Rule = (a: Range, b: Range) => Range;

const binaryRules: Partial<Record<BinaryOp["op"], Rule>> = {
  add: (a, b) => fits(a.least + b.least, a.most + b.most),
  sub: (a, b) => fits(a.least - b.most, a.most - b.least),
  mul: (a, b) => {
    const corners = [a.least * b.least, a.least * b.most, a.most * b.least, a.most * b.most];
    return fits(Math.min(...corners), Math.max(...corners));
  },
  min: (a, b) => ({ least: Math.min(a.least, b.least), most: Math.min(a.most, b.most) }),
  max: (a, b) => ({ least: Math.max(a.least, b.least), most: Math.max(a.most, b.most) }),
  mod: (a, b) => (a.least >= 0 && b.least > 0 ? { least: 0, most: Math.min(a.most, b.most - 1) } : anything),
  idiv: (a, b) => (a.least >= 0 && b.least > 0 ? { least: 0, most: Math.trunc(a.most / b.least) } : anything),
};

/** Whether a comparison holds everywhere, nowhere, or cannot be told. */
export function decide(op: BinaryOp["op"], a: Range, b: Range): boolean | undefined {
  if (op === "gt") return decide("lt", b, a);
  if (op === "ge") return decide("le", b, a);
  if (op === "lt") return a.most < b.least ? true : a.least >= b.most ? false : undefined;
  if (op === "le") return a.most <= b.least ? true : a.least > b.most ? false : undefined;
  return undefined;
}
