/** Quantized weights that cells make. */
export const quantDeclarations = `
interface QuantizeOptions {
  /**
   * What a code may stand for, times the scale of its group: whole numbers of 8, 4 or 2 bits; -1, 0 and 1; the 16 numbers of NF4 (QLoRA) or of
   * MXFP4, whose scales are powers of two for 32 weights; floats of 8 bits (e4m3). Default: "int4".
   */
  readonly format?: "int8" | "int4" | "int2" | "ternary" | "nf4" | "mxfp4" | "fp8";
  /** In the place of a format: 2 to 256 numbers of your own, \`levels: [-1, -0.3, 0, 0.3, 1]\`. Up to 4 take two bits, up to 16 four. */
  readonly levels?: readonly number[];
  /** Weights along the axis that share a scale: 32 by default; all along it ("channel"), or all there are ("tensor"). */
  readonly group?: number | "channel" | "tensor";
  /** Along which products go: the last by default, for weights [out, in] and \`x.matmul(w.T)\`; 0 for [in, out] and \`x.matmul(w)\`. */
  readonly axis?: number;
  /** Of whole numbers: true by default. False: each group has a code of its own for 0, so that its codes reach from its least to its greatest weight. */
  readonly symmetric?: boolean;
  /** What the codes of a group reach over: all its weights ("full"), those between two percentiles, or the part with the least square error ("mse"). */
  readonly range?: "full" | "percentile" | "mse";
  /** Above 50: 99.9 leaves out a thousandth at both ends. */
  readonly percentile?: number;
  /** Default: "f16". */
  readonly scales?: "f16" | "f32";
}

/** Weights as codes of few bits. */
declare const quant: {
  /**
   * The nearest weights that a format has, made on the device: an f32 tensor that is kept as codes and scales, and that products read as such.
   *
   * \`\`\`ts
   * const small = quant.quantize(w, { format: "int4", axis: 0 });
   * display(small.quantized.bits); // 4.5
   * x.matmul(small)
   * \`\`\`
   */
  quantize(weights: Tensor, options?: QuantizeOptions): Tensor;
  /**
   * The same for training: the gradient of the result is taken for that of the weights (straight-through), but for weights that the codes do not reach.
   * With \`clip: false\`, for all. \`x.matmul(quant.fake(w, { format: "int2", axis: 0 }))\`
   */
  fake(weights: Tensor, options?: QuantizeOptions & { readonly clip?: boolean }): Tensor;
  /**
   * As \`quantize\`, but so that products with these inputs [..., in] stay near what they were (GPTQ): what rounding one weight misses, those of the inputs behind it
   * make up for. For up to 512 inputs. \`quant.calibrate(w, samples, { format: "int2", axis: 0 })\`
   */
  calibrate(weights: Tensor, inputs: Tensor, options?: QuantizeOptions & { readonly damping?: number }): Tensor;
  /**
   * x [..., in] times weights of 8 bits, in whole numbers: codes i8 [out, in], a scale an output. Each row of x becomes bytes, too, with a scale of
   * its own; or with \`scale\` for all, as calibration found it. \`quant.matmulInt8(x, small.quantized.planes)\`
   */
  matmulInt8(
    x: Tensor,
    weights: { readonly codes: Tensor; readonly scales: Tensor },
    options?: { readonly scale?: Tensor | number },
  ): Tensor;
  /**
   * Weights [out, in] as MatMulNBits of ONNX has them: codes u8 [out, groups, bytes], scales [out, groups], zeroPoints u8 [out, bytes] or floats. \`x.matmul(w.T)\`
   * reads their codes. Bits: 2, 4 (default) or 8.
   */
  matMulNBits(layout: { readonly codes: Tensor; readonly scales: Tensor; readonly zeroPoints?: Tensor; readonly bits?: number }): Tensor;
  /**
   * Weights [out, in] of a GPTQ file: \`quant.gptq({ qweight: file["q_proj.qweight"], ... })\`. Bits: 2, 4 (default) or 8. Version 1 (default) keeps zeros less one. With
   * gIdx the inputs' groups may lie in any order.
   */
  gptq(layout: {
    readonly qweight: Tensor;
    readonly qzeros: Tensor;
    readonly scales: Tensor;
    readonly gIdx?: Tensor;
    readonly bits?: number;
    readonly version?: 1 | 2;
  }): Tensor;
  /** Weights [out, in] of an AWQ file, of four bits. */
  awq(layout: { readonly qweight: Tensor; readonly qzeros: Tensor; readonly scales: Tensor }): Tensor;
};
`;
