import { matmul } from "../../contract/matmul.ts";
import { type Expr, pick } from "../../expr.ts";
import { transpose } from "../../views.ts";
import type { Rule } from "../rule.ts";

/** Of c = a b: a' = c' b^T and b' = a^T c'. Of c = a b^T: a' = c' b and b' = c'^T a. */
export const pullMatmul: Rule<"matmul"> = ({ body, inputs, cotangent }) => {
  const [left, right] = [pick(inputs, 0), pick(inputs, 1)];
  if (body.transposeRight) return [contract(cotangent, right), contract(transpose(cotangent), left)];
  return [matmul(cotangent, right, { transposeRight: true }), contract(transpose(left), cotangent)];
};

export const contract = (left: Expr, right: Expr): Expr => matmul(left, right);
