import type { KernelText } from "../host.ts";

const source = `
// matmul: c = a b for each batch entry, accumulated in f32
//   a: (batch, m, k)   b: (batch, k, n), or (batch, n, k) when TRANSPOSED   c: (batch, m, n), all row-major
//   grid: (ceil(n / BN), ceil(m / BM), batch)
//   method: a program makes one BM x BN block of c and walks k in steps of BK
const matmul = kernel((a: Ptr, b: Ptr, c: Ptr, m: i32, n: i32, k: i32) => {
  const batch = programId(2);
  const row = expand(programId(1) * BM + arange(BM), 1);
  const column = expand(programId(0) * BN + arange(BN), 0);

  let total = zeros([BM, BN]);
  for (const first of range(0, k, BK)) {
    const across = expand(first + arange(BK), 0);
    const down = expand(first + arange(BK), 1);
    const left = load(a + (batch * m + row) * k + across, row < m && across < k);
    const place = TRANSPOSED ? (batch * n + column) * k + down : (batch * k + down) * n + column;
    const right = load(b + place, column < n && down < k);
    total = dot(left, right, total);
  }
  store(c + (batch * m + row) * n + column, total, row < m && column < n);
});
`;

/** Captures BM, BN, BK and TRANSPOSED. */
export const text: KernelText = { source: "tilebook/matmul", text: source, kernel: "k0" };
