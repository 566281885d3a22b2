/** Kernels the tests run. Each text is a whole cell with one kernel, k0. */

export const vectorAdd = `
const BLOCK = 16;
const add = kernel((x: Ptr, y: Ptr, out: Ptr, n: i32) => {
  const offsets = programId(0) * BLOCK + arange(BLOCK);
  const mask = offsets < n;
  store(out + offsets, load(x + offsets, mask) + load(y + offsets, mask), mask);
});
`;

export const softmax = `
const softmax = kernel((x: Ptr, out: Ptr, columns: i32) => {
  const row = programId(0);
  const lanes = arange(BLOCK);
  const mask = lanes < columns;
  const values = load(x + row * columns + lanes, mask, -Infinity);
  const weights = exp(values - max(values, 0));
  store(out + row * columns + lanes, weights / sum(weights, 0), mask);
});
`;

export const layernorm = `
const square = (v: Tile) => v ** 2;
const normalize = (v: Tile, mask: Mask, count: Tile) => {
  const mean = sum(v, 0) / count;
  const centred = where(mask, v - mean, 0);
  return [centred, rsqrt(sum(square(centred), 0) / count + EPSILON)];
};
const layernorm = kernel((x: Ptr, weight: Ptr, bias: Ptr, out: Ptr, n: i32) => {
  let [here, there] = [x, out];
  here += programId(0) * n;
  there += programId(0) * n;
  const lanes = arange(BLOCK);
  const mask = lanes < n;
  const [centred, scale] = normalize(load(here + lanes, mask), mask, n.to("f32"));
  store(there + lanes, centred * scale * load(weight + lanes, mask) + load(bias + lanes, mask), mask);
});
`;

export const matmul = `
const [BM, BN, BK] = BLOCKS;
const matmul = kernel((a: Ptr, b: Ptr, c: Ptr, m: i32, n: i32, k: i32) => {
  const rows = expand(programId(0) * BM + arange(BM), 1);
  const columns = expand(programId(1) * BN + arange(BN), 0);
  const inner = arange(BK);
  let left = a + rows * k + expand(inner, 0);
  let right = b + expand(inner, 1) * n + columns;
  let acc = 0;
  for (const start of range(0, k, BK)) {
    const rest = start + inner < k;
    const aTile = load(left, rows < m && expand(rest, 0));
    const bTile = load(right, expand(rest, 1) && columns < n);
    acc += dot(aTile, bTile);
    left += BK;
    right += BK * n;
  }
  store(c + rows * n + columns, acc, rows < m && columns < n);
});
`;

export const flashAttention = `
const flash = kernel((q: Ptr, k: Ptr, v: Ptr, o: Ptr, n: i32, m: i32, scale: f32) => {
  const rows = programId(0) * BQ + arange(BQ);
  const d = expand(arange(D), 0);
  const qOffsets = expand(rows, 1) * D + d;
  const qMask = expand(rows < n, 1);
  const qTile = load(q + qOffsets, qMask);
  let top = full([BQ], -1e30);
  let total = zeros([BQ]);
  let acc = zeros([BQ, D]);
  const last = causal ? minimum(m, (programId(0) + 1) * BQ + m - n) : m;
  for (let j = 0; j < last; j += BK) {
    const columns = j + arange(BK);
    const offsets = expand(columns, 1) * D + d;
    const inside = expand(columns < m, 1);
    const kTile = load(k + offsets, inside, 0);
    let live = expand(columns < m, 0);
    if (causal) live = live && expand(columns, 0) <= expand(rows, 1) + (m - n);
    const scores = where(live, dot(qTile, kTile.T) * scale, -1e30);
    const next = maximum(top, max(scores, 1));
    const p = where(live, exp(scores - expand(next, 1)), 0);
    const repair = exp(top - next);
    total = total * repair + sum(p, 1);
    acc = dot(p, load(v + offsets, inside), acc * expand(repair, 1));
    top = next;
  }
  store(o + qOffsets, acc / expand(where(total == 0, 1, total), 1), qMask);
});
`;
