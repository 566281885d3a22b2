/** n queries of width d, m keys of width d, m values of width e, in each of `batch` leading indices. */
export interface AttentionSizes {
  readonly batch: number;
  readonly n: number;
  readonly m: number;
  readonly d: number;
  readonly e: number;
}

export interface AttentionInputs {
  readonly q: Float64Array;
  readonly k: Float64Array;
  readonly v: Float64Array;
  readonly scale: number;
  readonly causal: boolean;
}

/**
 * out = softmax(scale * q k^T) v, row by row, by its definition. With `causal`, query i sees the keys
 * j <= i + m - n; a row that sees no key is zeros.
 */
export function attentionInto(out: Float64Array, inputs: AttentionInputs, sizes: AttentionSizes): void {
  const { batch, n, m, d, e } = sizes;
  const weights = new Float64Array(m);
  for (let row = 0; row < batch * n; row++) {
    const b = Math.floor(row / n);
    const seen = inputs.causal ? Math.max(0, Math.min(m, (row % n) + m - n + 1)) : m;
    const q = inputs.q.subarray(row * d, (row + 1) * d);
    scoresInto(weights, seen, { q, k: inputs.k, at: b * m * d, scale: inputs.scale });
    softmaxInPlace(weights, seen);
    const result = out.subarray(row * e, (row + 1) * e);
    // Not `subarray(...).fill(0)`: Firefox 153 compiles that chain wrongly once it is hot, and leaves the old values.
    result.fill(0);
    for (let j = 0; j < seen; j++) addScaled(result, weights[j] ?? 0, inputs.v, (b * m + j) * e);
  }
}

interface Scored {
  readonly q: Float64Array;
  readonly k: Float64Array;
  /** Where in k the first key stands. */
  readonly at: number;
  readonly scale: number;
}

function scoresInto(weights: Float64Array, seen: number, { q, k, at, scale }: Scored): void {
  const d = q.length;
  for (let j = 0; j < seen; j++) {
    let sum = 0;
    for (let p = 0; p < d; p++) sum += (q[p] ?? 0) * (k[at + j * d + p] ?? 0);
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
