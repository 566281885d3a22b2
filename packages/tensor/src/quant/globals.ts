import type { Expr } from "../expr.ts";
import { checkOptions, needOptions } from "../options.ts";
import { type Operand, operand, Tensor } from "../tensor.ts";
import type { Workspace } from "../workspace.ts";
import { calibrate, type CalibrateOptions } from "./calibrate.ts";
import { type FakeOptions, fakeQuantize } from "./fake.ts";
import { type ByteWeights, int8Product } from "./int8-product.ts";
import { awq, gptq, matMulNBits, type NBits, type Packed } from "./layouts.ts";
import { quantize } from "./quantize.ts";
import type { QuantizeOptions } from "./scheme.ts";

interface Bits {
  readonly bits?: number;
}

interface GptqLayout extends Packed<Tensor>, Bits {
  readonly gIdx?: Tensor;
  readonly version?: 1 | 2;
}

/** `quant` as cells see it. */
export interface QuantFunctions {
  readonly quantize: (weights: Tensor, options?: QuantizeOptions) => Tensor;
  readonly fake: (weights: Tensor, options?: FakeOptions) => Tensor;
  readonly calibrate: (weights: Tensor, inputs: Tensor, options?: CalibrateOptions) => Tensor;
  readonly matmulInt8: (
    x: Tensor,
    weights: ByteWeights<Tensor>,
    options?: { readonly scale?: Operand },
  ) => Tensor;
  readonly matMulNBits: (layout: NBits<Tensor> & Bits) => Tensor;
  readonly gptq: (layout: GptqLayout) => Tensor;
  readonly awq: (layout: Packed<Tensor>) => Tensor;
}

export function quantFunctions(workspace: Workspace): QuantFunctions {
  const { kernels } = workspace;
  return {
    quantize: (weights, options) =>
      Tensor.make(workspace, () => quantize(kernels, Tensor.expr(weights), options)),
    fake: (weights, options) =>
      Tensor.make(workspace, () => fakeQuantize(kernels, Tensor.expr(weights), options)),
    calibrate: (weights, inputs, options) =>
      Tensor.make(workspace, () =>
        calibrate(kernels, { weights: Tensor.expr(weights), inputs: Tensor.expr(inputs) }, options),
      ),
    matmulInt8: (x, weights, options = {}) =>
      Tensor.make(workspace, () => {
        const names = ["codes", "scales"] as const;
        needOptions("quant.matmulInt8", weights, { names, needs: names, like: "w.quantized.planes" });
        checkOptions("quant.matmulInt8", options, ["scale"]);
        const [codes, scales] = [Tensor.expr(weights.codes), Tensor.expr(weights.scales)];
        const scale = options.scale === undefined ? undefined : operand(options.scale);
        return int8Product(kernels, Tensor.expr(x), { codes, scales, scale });
      }),
    ...layouts(workspace),
  };
}

function layouts(workspace: Workspace): Pick<QuantFunctions, "matMulNBits" | "gptq" | "awq"> {
  const { kernels } = workspace;
  return {
    matMulNBits: (layout) =>
      Tensor.make(workspace, () => {
        needOptions("quant.matMulNBits", layout, {
          names: ["codes", "scales", "zeroPoints", "bits"],
          needs: ["codes", "scales"],
          like: "{ codes, scales, zeroPoints }",
        });
        const { codes, scales, zeroPoints, bits = 4 } = layout;
        const given = {
          codes: Tensor.expr(codes),
          scales: Tensor.expr(scales),
          zeroPoints: perhaps(zeroPoints),
        };
        return matMulNBits(kernels, given, bits);
      }),
    gptq: (layout) =>
      Tensor.make(workspace, () => {
        needOptions("quant.gptq", layout, {
          names: [...parts, "gIdx", "bits", "version"],
          needs: parts,
          like,
        });
        const { bits = 4, version = 1, gIdx } = layout;
        return gptq(kernels, packed(layout), { bits, version, gIdx: perhaps(gIdx) });
      }),
    awq: (layout) =>
      Tensor.make(workspace, () => {
        needOptions("quant.awq", layout, { names: parts, needs: parts, like });
        return awq(kernels, packed(layout));
      }),
  };
}

const perhaps = (given: Tensor | undefined): Expr | undefined =>
  given === undefined ? undefined : Tensor.expr(given);

const parts = ["qweight", "qzeros", "scales"] as const;
const like = "{ qweight, qzeros, scales }";

function packed({ qweight, qzeros, scales }: Packed<Tensor>): Packed<Expr> {
  return { qweight: Tensor.expr(qweight), qzeros: Tensor.expr(qzeros), scales: Tensor.expr(scales) };
}
