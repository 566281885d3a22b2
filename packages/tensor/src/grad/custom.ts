import { Fault } from "@tilebook/base";
import { dtypeInfo, valueDType } from "@tilebook/ir";
import type { Expr } from "../expr.ts";
import { alias, cast } from "../nodes.ts";
import { sameShape, sayShape } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import type { Workspace } from "../workspace.ts";
import { needFunction, placed } from "./functions.ts";

/** The gradient of the inputs, from that of the result: one tensor an input, or the tensor itself where there is one. */
export type Backward<Inputs extends readonly Tensor[]> = (
  grad: Tensor,
  result: Tensor,
  ...inputs: Inputs
) => Tensor | readonly (Tensor | undefined)[];

/**
 * `forward` with a gradient that you say yourself: of a kernel, or in a form that is better than the one found by the rules.
 * Nothing (undefined) stands for zeros. Fault: `grad/custom` when a gradient has not the shape of its input.
 */
export function customGrad<Inputs extends readonly Tensor[]>(
  workspace: Workspace,
  forward: (...inputs: Inputs) => Tensor,
  backward: Backward<Inputs>,
): (...inputs: Inputs) => Tensor {
  placed(workspace, () => [forward, backward].forEach(needFunction));
  const tensorOf = (expr: Expr): Tensor => Tensor.make(workspace, () => expr);
  return (...inputs) => {
    const of = inputs.map((input) => Tensor.expr(input));
    const result = Tensor.expr(forward(...inputs));
    const pull = (cotangent: Expr, own: Expr, sides: readonly Expr[]): readonly (Expr | undefined)[] => {
      const again = sides.map(tensorOf) as readonly Tensor[] as Inputs;
      const found = backward(tensorOf(cotangent), tensorOf(own), ...again);
      return fitted(found instanceof Tensor ? [found] : found, sides);
    };
    return tensorOf(alias(result).withGradient({ of, pull }));
  };
}

function fitted(
  found: readonly (Tensor | undefined)[],
  inputs: readonly Expr[],
): readonly (Expr | undefined)[] {
  if (!Array.isArray(found) || found.length !== inputs.length) {
    throw new Fault(
      "grad/custom",
      `the backward function of ${inputs.length} inputs must give as many gradients`,
      {
        hint: "one for each input in order; undefined for those that have none",
      },
    );
  }
  return inputs.map((input, at) => {
    const given: unknown = found[at];
    if (given === undefined || dtypeInfo[valueDType(input.dtype)].kind !== "float") return undefined;
    const expr = Tensor.expr(given);
    if (sameShape(expr.shape, input.shape)) return cast(expr, input.dtype);
    const message = `input ${at} has shape ${sayShape(input.shape)}, and its gradient ${sayShape(expr.shape)}`;
    throw new Fault("grad/custom", message, { hint: "sum what was broadcast, so that both are equal" });
  });
}
