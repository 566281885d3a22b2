import type { Expr } from "../expr.ts";
import { checkOptions } from "../options.ts";
import { Tensor } from "../tensor.ts";
import type { Workspace } from "../workspace.ts";
import * as transforms from "./fft.ts";

type Transform = (input: Tensor, axis?: number) => Tensor;

/** `fft` as cells see it, by NumPy's names. */
export interface FourierFunctions {
  readonly fft: Transform;
  readonly ifft: Transform;
  readonly rfft: Transform;
  readonly irfft: (input: Tensor, options?: { readonly n?: number; readonly axis?: number }) => Tensor;
  readonly dct: Transform;
  readonly idct: Transform;
}

export function fourierFunctions(workspace: Workspace): FourierFunctions {
  const by =
    (transform: (input: Expr, axis: number) => Expr): Transform =>
    (input, axis = -1) =>
      Tensor.make(workspace, () => transform(Tensor.expr(input), axis));
  return {
    fft: by(transforms.fft),
    ifft: by(transforms.ifft),
    rfft: by(transforms.rfft),
    irfft: (input, options = {}) =>
      Tensor.make(workspace, () => {
        checkOptions("irfft", options, ["n", "axis"]);
        return transforms.irfft(Tensor.expr(input), options.axis ?? -1, options.n);
      }),
    dct: by(transforms.dct),
    idct: by(transforms.idct),
  };
}
