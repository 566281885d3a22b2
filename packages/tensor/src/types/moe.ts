/** Mixtures of experts that cells see. */
export const moeDeclarations = `
/** Who works on what, made on the device. A slot is a token's choice: slot t k + j is choice j of token t. */
interface MoePlan {
  /** i32 [experts]: slots that chose each expert, dropped ones, too. */
  readonly counts: Tensor;
  /** i32 [experts + 1]: expert e has rows starts[e] to starts[e + 1] - 1. */
  readonly starts: Tensor;
  /** i32 [tokens, k]: the row of each slot; -1 where it was dropped. */
  readonly rows: Tensor;
  /** i32 [tokens k]: the slot of each row. Rows from starts[experts] on have none. */
  readonly slots: Tensor;
  /** i32 [tiles, 3]: expert, first row and end of up to \`block\` rows of one expert; expert -1 where there is no tile. */
  readonly tiles: Tensor;
  readonly tokens: number;
  readonly k: number;
  readonly experts: number;
  readonly computed: number;
  readonly block: number;
}
/** Where tokens go. */
interface MoeRouting {
  /** i32 [tokens, k] */
  readonly experts: Tensor;
  /** f32 [tokens, k] */
  readonly weights: Tensor;
  /** f32 [tokens, experts]: the softmax of the logits, or their sigmoids over the sum of these. */
  readonly probabilities: Tensor;
  readonly plan: MoePlan;
}
interface MoePlanOptions {
  /** An expert takes at most this times tokens k / experts slots, rounded up; later ones are dropped. One for all, or a list. */
  capacity?: number | readonly number[];
  /** Only the first experts have weights to multiply by; all by default. */
  computed?: number;
  /** Rows of a tile, a power of two. */
  block?: number;
}
interface MoeRouteOptions extends MoePlanOptions {
  /** Experts of a token. */
  k: number;
  /** The softmax of all logits (the default), that of the chosen ones, or the sigmoid of each. */
  score?: "softmax" | "chosen" | "sigmoid";
  /** Weights of a token are divided by their sum. */
  normalize?: boolean;
  /** Weights are multiplied by it. */
  scale?: number;
  /** [experts], added to what is chosen by, and not to the weights. */
  bias?: Tensor;
  /** Experts in groups of equal size: k / count of \`each\`, or k of the \`best\` ones \`by\` their greatest or their \`two\` greatest. */
  groups?: { count: number; each?: true; best?: number; by?: "max" | "two" };
  /** Experts whose weight is 0, and is so before weights are normalized. */
  silent?: readonly number[];
}
interface MoeTimesOptions {
  /** Weights are [experts, out, in]. */
  transposed?: boolean;
  /** In how many parts of their columns rows are held that are made of other products and read by this one alone: less memory, more launches. 1 by default. */
  parts?: number;
}
type MoeTimes = (rows: Tensor, weights: Tensor, options?: MoeTimesOptions) => Tensor;
declare const moe: {
  /** Where each token goes: logits [tokens, experts]. Nothing is read back. */
  route(logits: Tensor, options: MoeRouteOptions): MoeRouting;
  /** The plan of choices that were made otherwise: i32 [tokens, k] of \`count\` experts. */
  plan(experts: Tensor, count: number, options?: MoePlanOptions): MoePlan;
  /**
   * The layer: \`work\` gets one row for each slot, those of an expert beside each other, and \`times\`, which multiplies each by the weights of
   * its expert, [experts, in, out]. What it gives, weighed and summed by token: x [tokens, in] -> [tokens, out].
   * @example moe.experts(x, routed, (rows, times) => times(times(rows, w1).silu(), w2))
   */
  experts(x: Tensor, routed: MoeRouting, work: (rows: Tensor, times: MoeTimes) => Tensor): Tensor;
  /** x [tokens, width] -> [tokens k, width], in the order of the plan. */
  rows(x: Tensor, plan: MoePlan): Tensor;
  /** Each row of the plan times the weights of its expert: [tokens k, in], [experts, in, out] -> [tokens k, out]. */
  times(rows: Tensor, weights: Tensor, plan: MoePlan, options?: MoeTimesOptions): Tensor;
  /** The sum of each token's rows, times its weights [tokens, k]. */
  combine(rows: Tensor, plan: MoePlan, weights?: Tensor): Tensor;
  /** f32 [tokens, experts]: the weight of each expert, 0 where it was not chosen or was dropped. */
  gates(routed: MoeRouting): Tensor;
  /** experts Σ f P: f the share of slots of an expert, P its mean probability. 1 when all is even. Times \`scale\` [experts]. */
  balanceLoss(routed: MoeRouting, options?: { scale?: Tensor }): Tensor;
  /** The mean over tokens of log(Σ exp(logits))². */
  zLoss(logits: Tensor): Tensor;
};
`;
