import { Fault } from "@tilebook/base";
import type { Expr } from "../expr.ts";
import { alias, fill } from "../nodes.ts";
import { valueDType } from "@tilebook/ir";
import { sameShape, sayShape } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import { leavesOf, withLeaves } from "../tree.ts";
import type { Workspace } from "../workspace.ts";
import { filledIn, freshLeaves, needFunction, placed } from "./functions.ts";
import { severalTensors } from "../several.ts";
import { reverse } from "./reverse.ts";

export interface ValueAndTangent<Result> {
  readonly value: Result;
  /** How the value changes when the arguments move by the tangents. Of the form of the value. */
  readonly tangent: Result;
}

/**
 * Forward mode: the derivative of `work` at `primals` along `tangents`, both lists of trees of one form. The result may have any shape.
 * By reverse mode twice: x -> u J is linear in u, and its transpose gives J t (Townsend 2017), so that every rule serves both
 * ways. What only the first way back needed is never computed. Faults: `grad/tangents`, those of `grad`.
 */
export function jvp<Args extends readonly unknown[], Result>(
  workspace: Workspace,
  work: (...args: Args) => Result,
  { primals, tangents }: { readonly primals: Args; readonly tangents: Args },
): ValueAndTangent<Result> {
  placed(workspace, () => {
    needFunction(work);
    [primals, tangents].forEach(needArguments);
  });
  const { tree, ends } = freshLeaves(workspace, primals);
  const along = placed(workspace, () => matching(ends, leavesOf(tangents)));
  const value = work(...tree);
  const results = leavesOf(value).map((leaf) => Tensor.expr(leaf));
  const moved = severalTensors(workspace, () => {
    const weights = results.map((expr) => alias(fill(1, expr.shape, valueDType(expr.dtype))));
    const back = reverse(
      workspace.kernels,
      results.map((expr, at) => ({ expr, cotangent: weights[at] ?? expr })),
      ends,
    );
    const seeds = back.flatMap((expr, at) => {
      const cotangent = along[at];
      return expr === undefined || cotangent === undefined ? [] : [{ expr, cotangent }];
    });
    return filledIn(reverse(workspace.kernels, seeds, weights), results);
  });
  return { value, tangent: withLeaves(value, moved) as Result };
}

function needArguments(given: unknown): void {
  if (Array.isArray(given)) return;
  throw new Fault(
    "grad/tangents",
    "jvp takes the arguments of the function as a list, and their tangents as another",
    {
      hint: "for one argument: jvp(f, [x], [t])",
    },
  );
}

function matching(ends: readonly Expr[], tangents: readonly Tensor[]): readonly Expr[] {
  const exprs = tangents.map((tangent) => Tensor.expr(tangent));
  const wrong = ends.findIndex((end, at) => {
    const tangent = exprs[at];
    return tangent === undefined || tangent.dtype !== end.dtype || !sameShape(tangent.shape, end.shape);
  });
  if (wrong < 0 && exprs.length === ends.length) return exprs;
  const seen = exprs[wrong];
  const said = seen === undefined ? "nothing" : `${seen.dtype} ${sayShape(seen.shape)}`;
  throw new Fault("grad/tangents", `tensor ${wrong} of the arguments has ${said} as its tangent`, {
    hint: "tangents have the form, shapes and dtypes of the arguments",
  });
}
