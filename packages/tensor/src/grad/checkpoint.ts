import { dtypeInfo, valueDType } from "@tilebook/ir";
import { Expr } from "../expr.ts";
import { inOrder } from "../graph.ts";
import { alias } from "../nodes.ts";
import { Tensor } from "../tensor.ts";
import type { Workspace } from "../workspace.ts";
import { needFunction, placed } from "./functions.ts";
import { reverse } from "./reverse.ts";
import { rewrite } from "./rewrite.ts";

/**
 * `work`, whose values are computed again on the way back instead of kept until then (Chen et al. 2016, Training Deep Nets
 * with Sublinear Memory Cost). The way back reads copies, which wait for the cotangent of the result: so the values of the way
 * there are freed as soon as it goes on. What it reads from outside, by arguments or by name, is kept, and gets its gradient.
 */
export function checkpoint<Args extends readonly unknown[]>(
  workspace: Workspace,
  work: (...args: Args) => Tensor,
): (...args: Args) => Tensor {
  placed(workspace, () => needFunction(work));
  return (...args) => {
    const start = Expr.made;
    const result = Tensor.expr(work(...args));
    const of = outside(result, start);
    const pull = (cotangent: Expr, _: Expr, sides: readonly Expr[]): readonly (Expr | undefined)[] => {
      const again = sides.map((side) => alias(side, cotangent));
      const [copy = result] = rewrite([result], new Map(of.map((side, at) => [side, again[at] ?? side])));
      return reverse(workspace.kernels, [{ expr: copy, cotangent }], again);
    };
    return Tensor.make(workspace, () => alias(result).withGradient({ of, pull }));
  };
}

/** The floats that stand outside, read by what was made since. */
function outside(result: Expr, since: number): readonly Expr[] {
  return inOrder([result], (expr) => expr.serial < since).filter(
    (expr) => expr.serial < since && dtypeInfo[valueDType(expr.dtype)].kind === "float",
  );
}
