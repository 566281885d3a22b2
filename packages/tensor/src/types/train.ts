/** Training, as the editor sees it. */
export const trainDeclarations: string = `
/** Trees: tensors in lists and plain objects. What is no tensor in them stays as it is. */
declare const tree: {
  /** A tree of the same form; with several trees of one form, leaf by leaf: \`tree.map((p, g) => p.sub(g), params, grads)\`. */
  map<Tree>(change: (...leaves: Tensor[]) => unknown, tree: Tree, ...others: readonly NoInfer<Tree>[]): Tree;
  /** Its tensors, in the order in which they stand in it. */
  leaves(tree: unknown): readonly Tensor[];
  /** The root of the sum of the squares of all elements. */
  norm(tree: unknown): Tensor;
};

/**
 * First values of weights \`[..., in, out]\`, of which axes before these (a window) count into both; and losses: one number, the
 * mean over everything. Shapes of a loss do not broadcast. Faults: \`initial/shape\`, \`loss/shape\`, \`loss/labels\`.
 */
declare const nn: {
  /** Uniform up to sqrt(6 / (in + out)) (Glorot and Bengio 2010). */
  glorotUniform(shape: Shape, options?: { readonly seed?: number }): Tensor;
  /** Normal of variance 2 / (in + out) (Glorot and Bengio 2010). */
  glorotNormal(shape: Shape, options?: { readonly seed?: number }): Tensor;
  /** Uniform up to sqrt(6 / in), before a relu (He et al. 2015). */
  heUniform(shape: Shape, options?: { readonly seed?: number }): Tensor;
  /** Normal of variance 2 / in, before a relu (He et al. 2015). */
  heNormal(shape: Shape, options?: { readonly seed?: number }): Tensor;
  /** Rows, or columns where they are fewer, of length \`gain\` (1) and orthogonal to each other (Saxe et al. 2014). */
  orthogonal(shape: Shape, options?: { readonly seed?: number; readonly gain?: number }): Tensor;
  /** Normal of this deviation (1); what is beyond two deviations is drawn again. */
  truncatedNormal(shape: Shape, options?: { readonly seed?: number; readonly deviation?: number }): Tensor;
  /** Mean of (p - t)^2. */
  meanSquare(predictions: Tensor, targets: Tensor): Tensor;
  /** (p - t)^2 / 2 up to \`delta\` (1), a straight line beyond (Huber 1964). */
  huber(predictions: Tensor, targets: Tensor, options?: { readonly delta?: number }): Tensor;
  /** -log softmax(logits)[label]: logits [..., classes], labels i32 [...]. Smoothing as in Szegedy et al. 2016. A label that names no class is a fault where
   * labels are numbers of the cell, and makes the loss NaN where they are computed. */
  crossEntropy(logits: Tensor, labels: Tensor, options?: { readonly smoothing?: number }): Tensor;
  /** -t log sigmoid(x) - (1 - t) log(1 - sigmoid(x)), in a form that does not overflow; targets from 0 to 1. */
  binaryCrossEntropy(logits: Tensor, targets: Tensor): Tensor;
  /** The share of rows whose greatest score is at the label. Has no gradient. */
  accuracy(logits: Tensor, labels: Tensor): Tensor;
};

/** The learning rate of a step, counted from 0. */
type Schedule = (step: number) => number;

declare const schedules: {
  constant(rate: number): Schedule;
  /** In a straight line, in \`steps\` steps; then it stays. */
  linear(options: { readonly from: number; readonly to: number; readonly steps: number }): Schedule;
  /** Half a cosine from \`rate\` down to \`least\` (0), after a linear warm-up (Loshchilov and Hutter 2017). */
  cosine(options: { readonly rate: number; readonly steps: number; readonly warmup?: number; readonly least?: number }): Schedule;
  /** Times \`factor\` after every \`every\` steps. */
  stepwise(options: { readonly rate: number; readonly every: number; readonly factor: number }): Schedule;
};

/** What an optimizer remembers: plain data. */
interface OptimizerState {
  /** Steps done. */
  readonly step: number;
  /** Trees of the form of the parameters, by name. */
  readonly slots: Readonly<Record<string, unknown>>;
}

/** Pure functions: \`const { params, state } = optimizer.update(grads, state, params)\`. */
interface Optimizer {
  readonly init: (params: unknown) => OptimizerState;
  readonly update: <Params>(
    grads: Params,
    state: OptimizerState,
    params: Params,
  ) => { readonly params: Params; readonly state: OptimizerState };
}

interface AdamOptions {
  readonly rate: number | Schedule;
  /** Default 0.9. */
  readonly beta1?: number;
  /** Default 0.999. */
  readonly beta2?: number;
  /** Default 1e-8; of lamb 1e-6. */
  readonly epsilon?: number;
}

declare const optimizers: {
  /** Gradient descent, with momentum if wanted (Polyak 1964; nesterov: Sutskever et al. 2013). */
  sgd(options: { readonly rate: number | Schedule; readonly momentum?: number; readonly nesterov?: boolean }): Optimizer;
  /** Kingma and Ba 2015. */
  adam(options: AdamOptions): Optimizer;
  /** Adam with decay beside it (Loshchilov and Hutter 2019); \`decay\` is 0.01. */
  adamW(options: AdamOptions & { readonly decay?: number }): Optimizer;
  /** Adam whose step is as long as the tensor (You et al. 2020); \`decay\` is 0.01. */
  lamb(options: AdamOptions & { readonly decay?: number }): Optimizer;
  /** Scales all down to a global norm of \`most\` (Pascanu et al. 2013). */
  clipByGlobalNorm<Tree>(tree: Tree, most: number): Tree;
};

/** A training under way. */
interface Trainer<Params> {
  /** Those of now, as tensors of your own. */
  readonly params: Params;
  /** What the optimizer remembers; give it to \`trainer\` to go on. */
  readonly state: OptimizerState;
  /** Steps done. */
  readonly count: number;
  /** The loss that the last step gave. */
  readonly loss: number | undefined;
  /** How many numbers are trained. */
  readonly size: number;
  /**
   * One step, in one run; gives the loss before it. What is made inside, also from new data, is freed.
   *
   * \`\`\`ts
   * const loss = await model.step((params) => nn.crossEntropy(net(params, x), y));
   * \`\`\`
   */
  step(work: (params: Params) => Loss<unknown>): Promise<number>;
}

/**
 * Holds parameters and replaces them at each step: after any number of steps, as many buffers are in use. \`clip\` is the greatest
 * global norm of the gradients.
 */
declare function trainer<Params>(options: {
  readonly params: Params;
  readonly optimizer: Optimizer;
  readonly state?: OptimizerState;
  readonly clip?: number;
}): Trainer<Params>;
`;
