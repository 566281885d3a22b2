import type { KernelText } from "../host.ts";

const source = `
// attention: o = softmax(scale * q k^T) v for each head
//   q: (heads, n, D)   k: (heads, m, D)   v: (heads, m, E)   o: (heads, n, E), all row-major
//   grid: (ceil(n / BQ), heads)
//   method: FlashAttention-2. A program keeps BQ queries and walks the keys BK at a time with a running maximum, a
//           running sum and a running result, which are scaled down whenever the maximum grows. No n x m matrix.
//   -1e30 stands for minus infinity: it never makes a NaN, and a query that sees no key comes out as zeros.
const attention = kernel((q: Ptr, k: Ptr, v: Ptr, o: Ptr, n: i32, m: i32, scale: f32) => {
  const block = programId(0);
  const head = programId(1);
  const row = expand(block * BQ + arange(BQ), 1);
  const d = expand(arange(D_PADDED), 0);
  const e = expand(arange(E_PADDED), 0);
  // Where a width is a power of two, its mask is not needed.
  const inD = (mask: boolean) => (D === D_PADDED ? mask : mask && d < D);
  const inE = (mask: boolean) => (E === E_PADDED ? mask : mask && e < E);
  const queries = load(q + (head * n + row) * D + d, inD(row < n));

  let most = full([BQ], -1e30);
  let total = zeros([BQ]);
  let result = zeros([BQ, E_PADDED]);
  const end = CAUSAL ? minimum(m, (block + 1) * BQ + m - n) : m;
  for (const first of range(0, end, BK)) {
    const key = expand(first + arange(BK), 1);
    const column = expand(first + arange(BK), 0);
    const keys = load(k + (head * m + key) * D + d, inD(key < m));
    const values = load(v + (head * m + key) * E + e, inE(key < m));

    const seen = CAUSAL ? column < m && column <= row + (m - n) : column < m;
    const scores = where(seen, dot(queries, keys.T) * scale, -1e30);
    const next = maximum(most, max(scores, 1));
    const keep = exp(most - next);
    const weights = where(seen, exp(scores - expand(next, 1)), 0);
    total = total * keep + sum(weights, 1);
    result = result * expand(keep, 1) + dot(weights, values);
    most = next;
  }
  const mean = result / expand(where(total > 0, total, 1), 1);
  store(o + (head * n + row) * E + e, mean, inE(row < n));
});
`;

/** Captures BQ, BK, D, E, D_PADDED, E_PADDED (the next powers of two) and CAUSAL. */
export const text: KernelText = { source: "tilebook/attention", text: source, kernel: "k0" };
