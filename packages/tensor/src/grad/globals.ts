import type { Tensor } from "../tensor.ts";
import type { Workspace } from "../workspace.ts";
import { type Axes, vmap } from "./batch/vmap.ts";
import { gradcheck, type Gradcheck, type GradcheckOptions } from "./check.ts";
import { checkpoint } from "./checkpoint.ts";
import { type Backward, customGrad } from "./custom.ts";
import { jvp, type ValueAndTangent } from "./forward.ts";
import { grad, type LossFunction, stopGradient, valueAndGrad, type ValueAndGrad } from "./functions.ts";

/** What cells see of differentiation, by name. */
export interface GradFunctions {
  readonly grad: <Params, Rest extends readonly unknown[]>(
    work: LossFunction<Params, Rest, unknown>,
  ) => (params: Params, ...rest: Rest) => Params;
  readonly valueAndGrad: <Params, Rest extends readonly unknown[], Aux>(
    work: LossFunction<Params, Rest, Aux>,
  ) => (params: Params, ...rest: Rest) => ValueAndGrad<Params, Aux>;
  readonly stopGradient: (tensor: Tensor) => Tensor;
  readonly customGrad: <Inputs extends readonly Tensor[]>(
    forward: (...inputs: Inputs) => Tensor,
    backward: Backward<Inputs>,
  ) => (...inputs: Inputs) => Tensor;
  readonly checkpoint: <Args extends readonly unknown[]>(
    work: (...args: Args) => Tensor,
  ) => (...args: Args) => Tensor;
  readonly jvp: <Args extends readonly unknown[], Result>(
    work: (...args: Args) => Result,
    primals: Args,
    tangents: Args,
  ) => ValueAndTangent<Result>;
  readonly vmap: <Args extends readonly unknown[], Result>(
    work: (...args: Args) => Result,
    axes?: Axes,
  ) => (...args: Args) => Result;
  readonly gradcheck: <Args extends readonly unknown[]>(
    work: (...args: Args) => unknown,
    args: Args,
    options?: GradcheckOptions,
  ) => Promise<Gradcheck>;
}

export function gradFunctions(workspace: Workspace): GradFunctions {
  return {
    grad: (work) => grad(workspace, work),
    valueAndGrad: (work) => valueAndGrad(workspace, work),
    stopGradient: (tensor) => stopGradient(workspace, tensor),
    customGrad: (forward, backward) => customGrad(workspace, forward, backward),
    checkpoint: (work) => checkpoint(workspace, work),
    jvp: (work, primals, tangents) => jvp(workspace, work, { primals, tangents }),
    vmap: (work, axes) => vmap(workspace, work, axes),
    gradcheck: (work, args, options) => gradcheck(workspace, work, { args, options }),
  };
}
