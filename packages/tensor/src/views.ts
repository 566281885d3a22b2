import { Fault } from "@tilebook/base";
import { dtypeInfo, valueDType } from "@tilebook/ir";
import { toBytes } from "./bytes.ts";
import { Expr, pick } from "./expr.ts";
import { cast, permute, reshape, slice, take } from "./nodes.ts";
import { checkAxis, checkOrder, checkRange, resolveReshape, sayShape, sizeOf } from "./shape.ts";

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

/** Row numbers given as a list, checked against `input`. */
export function indexOf(rows: readonly number[], input: Expr): Expr {
  const size = pick(input.shape, checkAxis(0, input.shape.length));
  const wrong = rows.find((at) => !Number.isInteger(at) || at < 0 || at >= size);
  if (wrong !== undefined || rows.length === 0) {
    const said = wrong === undefined ? "no rows at all" : `row ${wrong}`;
    throw new Fault("shape/row", `cannot take ${said} from a tensor of shape ${sayShape(input.shape)}`, {
      hint: `use integers from 0 to ${size - 1}`,
    });
  }
  return Expr.data(toBytes(rows, "i32"), { dtype: "i32", shape: [rows.length] });
}

/** Rows of the first axis by number; the result has the shape of `index` in the place of that axis. */
export function takeRows(input: Expr, index: Expr): Expr {
  checkAxis(0, input.shape.length);
  if (dtypeInfo[valueDType(index.dtype)].kind !== "integer") {
    throw new Fault("tensor/index", `take needs i32 row numbers, not ${index.dtype}`, {
      hint: 'make them with cast("i32"), or tensor([...], { dtype: "i32" })',
    });
  }
  const flat = cast(reshape(index, [sizeOf(index.shape)]), "i32");
  return reshape(take(input, flat), [...index.shape, ...input.shape.slice(1)]);
}
