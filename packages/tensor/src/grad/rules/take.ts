import { type Expr, pick } from "../../expr.ts";
import { broadcast, cast, iota, reshape } from "../../nodes.ts";
import { sizeOf } from "../../shape.ts";
import { equal } from "../maths.ts";
import { contract } from "./matmul.ts";
import { segmentSum } from "../../library/segment.ts";
import type { Rule } from "../rule.ts";

/** Most elements of a one-hot matrix: 16 MiB. A larger one would cost more than sorting. */
const largestHot = 2 ** 22;

/**
 * Rows that were taken several times add up. Small tables by a product with the one-hot matrix; large ones (a vocabulary) by
 * sorting the numbers and adding the rows of each in their order: no atomics, and memory by the rows that were taken.
 */
export const pullTake: Rule<"take"> = ({ inputs: [rows, index], cotangent, kernels }) => {
  if (rows === undefined || index === undefined) return [];
  const count = pick(rows.shape, 0);
  if (count * sizeOf(index.shape) > largestHot) return [segmentSum(kernels, cotangent, index, count)];
  return [reshape(byProduct(cotangent, index, count), rows.shape)];
};

/** Row r of the result is the sum of the rows of `values` whose number in `index` is r. */
function byProduct(values: Expr, index: Expr, count: number): Expr {
  const many = pick(index.shape, 0);
  const numbers = broadcast(reshape(iota([count], "i32"), [count, 1]), [count, many]);
  const hot = cast(equal(numbers, broadcast(index, [count, many])), "f32");
  const flat = reshape(values, [many, sizeOf(values.shape) / many]);
  return cast(contract(hot, cast(flat, "f32")), values.dtype);
}
