import { Fault } from "@tilebook/base";
import { type Expr, pick } from "./expr.ts";
import { permute, reshape, slice } from "./nodes.ts";
import { checkAxis, checkOrder, checkRange, resolveReshape, sayShape } from "./shape.ts";

export function reshapeTo(input: Expr, shape: readonly number[]): Expr {
  return reshape(input, resolveReshape(input.shape, shape));
}

export function permuteBy(input: Expr, order: readonly number[]): Expr {
  return permute(input, checkOrder(order, input.shape.length));
}

/** Swaps two axes, the last two by default. */
export function transpose(input: Expr, first = -2, second = -1): Expr {
  const rank = input.shape.length;
  const [a, b] = [checkAxis(first, rank), checkAxis(second, rank)];
  return permute(
    input,
    input.shape.map((_, axis) => (axis === a ? b : axis === b ? a : axis)),
  );
}

/** Elements [start, end) of one axis. */
export function sliceAxis(input: Expr, axis: number, start: number, end?: number): Expr {
  const at = checkAxis(axis, input.shape.length);
  const [from, to] = checkRange(start, end, pick(input.shape, at));
  return slice(
    input,
    input.shape.map((_, n) => (n === at ? from : 0)),
    input.shape.with(at, to - from),
  );
}

/** Element `index` of the first axis, which goes away. */
export function row(input: Expr, index: number): Expr {
  const rows = pick(input.shape, checkAxis(0, input.shape.length));
  const at = index < 0 ? index + rows : index;
  if (!Number.isInteger(at) || at < 0 || at >= rows) {
    throw new Fault("shape/row", `there is no row ${index} in a tensor of shape ${sayShape(input.shape)}`, {
      hint: `use 0 to ${rows - 1}; negative numbers count from the end`,
    });
  }
  return reshape(sliceAxis(input, 0, at, at + 1), input.shape.slice(1));
}
