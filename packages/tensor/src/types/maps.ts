/** Elementwise functions and folds that are made of others, as the editor sees them. */
export const mapDeclarations: string = `
interface VarianceOptions extends ReduceOptions {
  /** The sum of squares is divided by n - correction: 0 by default, 1 for the variance of a sample. */
  readonly correction?: number;
}

interface Tensor {
  /** -1, 0 or 1 in the tensor's dtype; NaN stays NaN. */
  sign(): Tensor;
  /** x * x; integers stay integers. */
  square(): Tensor;
  /** 1 / x. */
  reciprocal(): Tensor;
  /** 2 to the power of x. */
  exp2(): Tensor;
  /** The logarithm to base 2. */
  log2(): Tensor;
  /** log(1 + x), with all digits near 0. */
  log1p(): Tensor;
  /** exp(x) - 1, with all digits near 0. */
  expm1(): Tensor;
  /** The error function. */
  erf(): Tensor;
  /** 1 / (1 + exp(-x)). */
  sigmoid(): Tensor;
  /** x above 0, else 0; NaN stays NaN. */
  relu(): Tensor;
  /** x * sigmoid(x). */
  silu(): Tensor;
  /** 0.5 x (1 + erf(x / sqrt(2))), or with \`{ approximate: "tanh" }\` as GPT-2 has it. */
  gelu(options?: { readonly approximate?: "none" | "tanh" }): Tensor;
  /** log(1 + exp(x)), without overflow. */
  softplus(): Tensor;
  /** At least \`least\`, then at most \`most\`: \`x.clip(0, 1)\`, \`x.clip(undefined, 6)\`. NaN stays NaN. */
  clip(least?: Tensor | number, most?: Tensor | number): Tensor;
  /** floor(a / b), of integers too. */
  floorDivide(other: Tensor | number): Tensor;
  /** What remains of \`floorDivide\`, with the sign of the divisor, as % in Python. */
  remainder(other: Tensor | number): Tensor;
  /** A mask. */
  isNaN(): Tensor;
  /** A mask: neither NaN nor infinite. */
  isFinite(): Tensor;

  /** The mean squared distance to the mean: \`x.var(0, { correction: 1 })\`. Folds as \`sum\` does. */
  var(axis?: number | readonly number[], options?: VarianceOptions): Tensor;
  /** The square root of \`var\`. */
  std(axis?: number | readonly number[], options?: VarianceOptions): Tensor;
  /** log(sum(exp(x))), without overflow. */
  logSumExp(axis?: number | readonly number[], options?: ReduceOptions): Tensor;
  /** log(softmax(x)), without overflow; along the last axis by default. */
  logSoftmax(axis?: number): Tensor;
  /** A mask: whether any is true, or not 0. */
  any(axis?: number | readonly number[], options?: ReduceOptions): Tensor;
  /** A mask: whether all are true, or not 0. */
  all(axis?: number | readonly number[], options?: ReduceOptions): Tensor;
  /** i32 index of the first least element, along one axis or of the flattened tensor. */
  argmin(axis?: number, options?: ReduceOptions): Tensor;
}
`;
