import { Fault } from "@tilebook/base";
import { dtypeInfo, valueDType } from "@tilebook/ir";
import type { Expr } from "../expr.ts";
import { alias, cast, fill } from "../nodes.ts";
import { sayShape, sizeOf } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import { leavesOf, withLeaves } from "../tree.ts";
import { withSpan, type Workspace } from "../workspace.ts";
import { severalTensors } from "../several.ts";
import { reverse } from "./reverse.ts";

/** What a function that is differentiated gives: one number, alone or with whatever else it wants to hand out. */
export type Loss<Aux> = Tensor | readonly [loss: Tensor, aux: Aux];

/** A function whose first argument is differentiated: a tensor, or a tree of them. */
export type LossFunction<Params, Rest extends readonly unknown[], Aux> = (
  params: Params,
  ...rest: Rest
) => Loss<Aux>;

export interface ValueAndGrad<Params, Aux> {
  readonly value: Tensor;
  /** A tree of the form of the parameters. */
  readonly grad: Params;
  readonly aux: Aux;
}

/**
 * The value and the gradient of a function of one number, with respect to its first argument: floats, in any tree. Reverse
 * mode: the way back is lazy expressions beside the way there, computed in the same run.
 * Faults: `grad/function`, `grad/scalar`, `grad/dtype`, `grad/kernel`, `tree/depth`.
 */
export function valueAndGrad<Params, Rest extends readonly unknown[], Aux>(
  workspace: Workspace,
  work: LossFunction<Params, Rest, Aux>,
): (params: Params, ...rest: Rest) => ValueAndGrad<Params, Aux> {
  placed(workspace, () => needFunction(work));
  return (params, ...rest) => {
    const fresh = freshLeaves(workspace, params);
    const result = work(fresh.tree, ...rest);
    const loss = placed(workspace, () => lossOf(result));
    const value = Tensor.expr(loss);
    const grads = severalTensors(workspace, () => {
      const seed = fill(1, value.shape, valueDType(value.dtype));
      return filledIn(reverse(workspace.kernels, [{ expr: value, cotangent: seed }], fresh.ends), fresh.ends);
    });
    const aux = (Array.isArray(result) ? result[1] : undefined) as Aux;
    return { value: loss, grad: withLeaves(params, grads) as Params, aux };
  };
}

/** The gradient alone: `valueAndGrad(f)(...).grad`. */
export function grad<Params, Rest extends readonly unknown[]>(
  workspace: Workspace,
  work: LossFunction<Params, Rest, unknown>,
): (params: Params, ...rest: Rest) => Params {
  const both = valueAndGrad(workspace, work);
  return (params, ...rest) => both(params, ...rest).grad;
}

/** The same value, a constant to whoever differentiates. */
export function stopGradient(workspace: Workspace, tensor: Tensor): Tensor {
  const expr = Tensor.expr(tensor);
  const stopped = { of: [], pull: () => [] };
  return Tensor.make(workspace, () => alias(expr).withGradient(stopped));
}

/** A tree with new names for its tensors, and their expressions: where the way back ends. */
export interface Fresh<Tree> {
  readonly tree: Tree;
  readonly ends: readonly Expr[];
}

/** Faults: `grad/dtype` for what does not change continuously. */
export function freshLeaves<Tree>(workspace: Workspace, tree: Tree): Fresh<Tree> {
  const leaves = placed(workspace, () => leavesOf(tree));
  const ends = workspace.buildAll(() => leaves.map((leaf) => alias(needFloat(Tensor.expr(leaf)))));
  const tensors = ends.map((end) => new Tensor(workspace, end));
  return { tree: withLeaves(tree, tensors) as Tree, ends };
}

/** Zeros where there is nothing. */
export function filledIn(found: readonly (Expr | undefined)[], like: readonly Expr[]): readonly Expr[] {
  return like.map((expr, at) => found[at] ?? cast(fill(0, expr.shape, valueDType(expr.dtype)), expr.dtype));
}

/** A fault gets the place in the cell that is calling. */
export function placed<T>(workspace: Workspace, work: () => T): T {
  return withSpan(workspace.host.here(), work);
}

export function needFunction(work: unknown): void {
  if (typeof work === "function") return;
  throw new Fault("grad/function", `this takes a function of tensors, not ${sayKind(work)}`, {
    hint: "for example grad((x) => x.mul(x).sum())",
  });
}

function lossOf(result: unknown): Tensor {
  const loss: unknown = Array.isArray(result) ? result[0] : result;
  if (loss instanceof Promise) {
    throw new Fault("grad/function", "a function that is differentiated cannot wait for anything", {
      hint: "take await and async out of it; compute what it needs before",
    });
  }
  if (!(loss instanceof Tensor)) {
    throw new Fault("grad/function", `the function gives ${sayKind(loss)}, not a tensor`, {
      hint: "return the loss, or [loss, whatever else is wanted]",
    });
  }
  if (sizeOf(loss.shape) !== 1) {
    throw new Fault(
      "grad/scalar",
      `a gradient is of one number, and this has shape ${sayShape(loss.shape)}`,
      {
        hint: "fold it first: sum() or mean()",
      },
    );
  }
  needFloat(Tensor.expr(loss));
  return loss;
}

function needFloat(expr: Expr): Expr {
  if (dtypeInfo[valueDType(expr.dtype)].kind === "float") return expr;
  throw new Fault("grad/dtype", `${expr.dtype} does not change continuously, so it has no gradient`, {
    hint: 'cast("f32") it first, or give it as a later argument: the gradient is of the first one',
  });
}

function sayKind(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return Array.isArray(value) ? "a list" : `a ${typeof value}`;
}
