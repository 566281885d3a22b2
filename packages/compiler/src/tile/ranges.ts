import { type BinaryOp, type TileKernel, type TileOp, type ValueId } from "@tilebook/ir";
import { isValueOp } from "./rewrite.ts";

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
      return rangeOfBinary(op, rangeOf(op.left), rangeOf(op.right));
    case "unary":
    case "cast":
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

function rangeOfBinary(op: BinaryOp, a: Range, b: Range): Range {
  switch (op.op) {
    case "add":
      return fits(a.least + b.least, a.most + b.most);
    case "sub":
      return fits(a.least - b.most, a.most - b.least);
    case "mul": {
      const corners = [a.least * b.least, a.least * b.most, a.most * b.least, a.most * b.most];
      return fits(Math.min(...corners), Math.max(...corners));
    }
    case "min":
      return { least: Math.min(a.least, b.least), most: Math.min(a.most, b.most) };
    case "max":
      return { least: Math.max(a.least, b.least), most: Math.max(a.most, b.most) };
    case "mod":
      return a.least >= 0 && b.least > 0 ? { least: 0, most: Math.min(a.most, b.most - 1) } : anything;
    case "idiv":
      return a.least >= 0 && b.least > 0 ? { least: 0, most: Math.trunc(a.most / b.least) } : anything;
    default:
      return anything;
  }
}

/** Whether a comparison holds everywhere, nowhere, or cannot be told. */
export function decide(op: BinaryOp["op"], a: Range, b: Range): boolean | undefined {
  switch (op) {
    case "lt":
      return a.most < b.least ? true : a.least >= b.most ? false : undefined;
    case "le":
      return a.most <= b.least ? true : a.least > b.most ? false : undefined;
    case "gt":
      return decide("lt", b, a);
    case "ge":
      return decide("le", b, a);
    default:
      return undefined;
  }
}
