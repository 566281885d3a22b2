import { type AttentionSizes, headPlace } from "@tilebook/ir";

export interface AttentionInputs {
  readonly q: Float64Array;
  readonly k: Float64Array;
  readonly v: Float64Array;
  readonly scale: number;
  readonly causal: boolean;
  readonly tokensFirst: boolean;
}

/**
 * out = softmax(scale * q k^T) v, row by row, by its definition. With `causal`, query i sees the keys
 * j <= i + m - n; a row that sees no key is zeros.
 */
export function attentionInto(out: Float64Array, inputs: AttentionInputs, sizes: AttentionSizes): void {
  for (let entry = 0; entry < sizes.batch; entry++)
    for (let head = 0; head < sizes.heads; head++) headInto(out, inputs, sizes, { entry, head });
}

function headInto(
  out: Float64Array,
  inputs: AttentionInputs,
  sizes: AttentionSizes,
  at: { readonly entry: number; readonly head: number },
): void {
  const { heads, group, n, m, d, e } = sizes;
  const { tokensFirst, causal, scale } = inputs;
  const shared = { entry: at.entry, head: Math.floor(at.head / group) };
  const own = { heads, tokens: n };
  const common = { heads: heads / group, tokens: m };
  const query = headPlace(at, { ...own, width: d }, tokensFirst);
  const key = headPlace(shared, { ...common, width: d }, tokensFirst);
  const value = headPlace(shared, { ...common, width: e }, tokensFirst);
  const made = headPlace(at, { ...own, width: e }, tokensFirst);
  const weights = new Float64Array(m);
  for (let row = 0; row < n; row++) {
    const seen = causal ? Math.max(0, Math.min(m, row + m - n + 1)) : m;
    const first = query.start + row * query.stride;
    scoresInto(weights, seen, { q: inputs.q.subarray(first, first + d), k: inputs.k, ...key, scale });
    softmaxInPlace(weights, seen);
    const place = made.start + row * made.stride;
    const result = out.subarray(place, place + e);
    // Not `subarray(...).fill(0)`: Firefox 153 compiles that chain wrongly once it is hot, and leaves the old values.
    result.fill(0);
    for (let j = 0; j < seen; j++)
      addScaled(result, weights[j] ?? 0, inputs.v, value.start + j * value.stride);
  }
}

interface Scored {
  readonly q: Float64Array;
  readonly k: Float64Array;
  /** Where in k the first key stands, and how far keys lie apart. */
  readonly start: number;
  readonly stride: number;
  readonly scale: number;
}

function scoresInto(weights: Float64Array, seen: number, { q, k, start, stride, scale }: Scored): void {
  const d = q.length;
  for (let j = 0; j < seen; j++) {
    let sum = 0;
    for (let p = 0; p < d; p++) sum += (q[p] ?? 0) * (k[start + j * stride + p] ?? 0);
    weights[j] = scale * sum;
  }
}

function softmaxInPlace(weights: Float64Array, length: number): void {
  let most = -Infinity;
  for (let j = 0; j < length; j++) most = Math.max(most, weights[j] ?? 0);
  // All scores minus infinity: no key is seen.
  const shift = most === -Infinity ? 0 : most;
  let total = 0;
  for (let j = 0; j < length; j++) {
    const weight = Math.exp((weights[j] ?? 0) - shift);
    weights[j] = weight;
    total += weight;
  }
  const factor = total === 0 ? 0 : 1 / total;
  for (let j = 0; j < length; j++) weights[j] = (weights[j] ?? 0) * factor;
}

function addScaled(result: Float64Array, scale: number, values: Float64Array, at: number): void {
  for (let j = 0; j < result.length; j++) result[j] = (result[j] ?? 0) + scale * (values[at + j] ?? 0);
}
