import type { BinaryOp, Range } from "@tilebook/ir";

/** Whether a comparison of values within these ranges holds everywhere, nowhere, or cannot be told. */
export function decide(op: BinaryOp["op"], a: Range, b: Range): boolean | undefined {
  if (op === "gt") return decide("lt", b, a);
  if (op === "ge") return decide("le", b, a);
  if (op === "lt") return a.most < b.least ? true : a.least >= b.most ? false : undefined;
  if (op === "le") return a.most <= b.least ? true : a.least > b.most ? false : undefined;
  return undefined;
}
