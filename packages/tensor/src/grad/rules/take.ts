import { contract } from "./matmul.ts";
import { type Expr, pick } from "../../expr.ts";
import { broadcast, cast, iota, reshape } from "../../nodes.ts";
import { sizeOf } from "../../shape.ts";
import { equal } from "../maths.ts";
import type { Rule } from "../rule.ts";

export const pullTake: Rule<"take"> = ({ inputs: [rows, index], cotangent }) => {
  if (rows === undefined || index === undefined) return [];
  return [reshape(segmentSum(cotangent, index, pick(rows.shape, 0)), rows.shape)];
};

/** Row r of the result is the sum of the rows of `values` whose number in `index` is r: a product with the one-hot matrix. */
function segmentSum(values: Expr, index: Expr, count: number): Expr {
  const many = pick(index.shape, 0);
  const numbers = broadcast(reshape(iota([count], "i32"), [count, 1]), [count, many]);
  const hot = cast(equal(numbers, broadcast(index, [count, many])), "f32");
  const flat = reshape(values, [many, sizeOf(values.shape) / many]);
  return cast(contract(hot, cast(flat, "f32")), values.dtype);
}
