import type { KernelText } from "../host.ts";

const source = `
// attention: o = softmax(scale * q k^T) v, one head (batch entry) per program row of the grid
//   q: (heads, n, D)   k: (heads, m, D)   v: (heads, m, E)   o: (heads, n, E), all row-major
//   grid: (ceil(n / BQ), heads)
//   method: FlashAttention-2. A program keeps BQ queries and walks the keys in steps of BK with a running maximum,
//           a running sum and a running result that are rescaled when the maximum grows. No n x m matrix anywhere.
//   -1e30 stands for minus infinity: it never gives NaN, and a row that sees no key comes out as zeros.
const attention = kernel((q: Ptr, k: Ptr, v: Ptr, o: Ptr, n: i32, m: i32, scale: f32) => {
});
`;

/** Captures BQ, BK, D, E, D_PADDED, E_PADDED (powers of two) and CAUSAL. */
export const text: KernelText = { source: "tilebook/attention", text: source, kernel: "k0" };
