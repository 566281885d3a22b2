import { Tensor } from "../tensor.ts";
import type { Workspace } from "../workspace.ts";
import { type FakeOptions, fakeQuantize } from "./fake.ts";
import { quantize } from "./quantize.ts";
import type { QuantizeOptions } from "./scheme.ts";

/** `quant` as cells see it. */
export interface QuantFunctions {
  readonly quantize: (weights: Tensor, options?: QuantizeOptions) => Tensor;
  readonly fake: (weights: Tensor, options?: FakeOptions) => Tensor;
}

export function quantFunctions(workspace: Workspace): QuantFunctions {
  const { kernels } = workspace;
  return {
    quantize: (weights, options) =>
      Tensor.make(workspace, () => quantize(kernels, Tensor.expr(weights), options)),
    fake: (weights, options) =>
      Tensor.make(workspace, () => fakeQuantize(kernels, Tensor.expr(weights), options)),
  };
}
