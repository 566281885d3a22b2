/** A way to write a case: the text of a notebook's cell that defines `run`, and what to say about it. */
export interface Cell {
  readonly note: string;
  readonly text: string;
}

/**
 * What a user of Tilebook writes for each op of the harness. Inputs are tensors that other cells made, in the harness's
 * layout; sizes are there by the harness's names. The first form is the one that is measured; `second.ts` measures the
 * other one, where there is one.
 */
export const cells: Readonly<Record<string, readonly [Cell, ...Cell[]]>> = {
  matmul: [{ note: "a.matmul(b)", text: `const run = () => a.matmul(b);` }],

  softmax: [
    {
      note: "kernel, 32 rows a program, 16 columns a step",
      text: `
const softmax = kernel((x: View<"f32", ["rows", "columns"]>, y: Ptr) => {
  const [rows, columns] = x.shape;
  const row = programId(0) * 32 + arange(32);
  let most = full([32], -1e30);
  let total = zeros([32]);
  for (const first of range(0, columns, 16)) {
    const column = first + arange(16);
    const value = load(x, [row, column], undefined, -1e30);
    const next = maximum(most, max(value, 1));
    total = total * exp(most - next) + sum(exp(value - expand(next, 1)), 1);
    most = next;
  }
  for (const first of range(0, columns, 16)) {
    const column = first + arange(16);
    const value = load(x, [row, column]);
    store(view(y, [rows, columns]), [row, column], exp(value - expand(most, 1)) / expand(total, 1));
  }
});
const run = () => softmax.launch(cdiv(R, 32), x, out([R, C]));`,
    },
    { note: "x.softmax(-1)", text: `const run = () => x.softmax(-1);` },
  ],

  layernorm: [
    {
      note: "kernel, 32 rows a program, 16 columns a step",
      text: `
const layerNorm = kernel((x: View<"f32", ["rows", "columns"]>, g: Ptr, b: Ptr, y: Ptr) => {
  const [rows, columns] = x.shape;
  const row = programId(0) * 32 + arange(32);
  let total = zeros([32]);
  for (const first of range(0, columns, 16)) total += sum(load(x, [row, first + arange(16)]), 1);
  const mean = expand(total / columns, 1);
  let squares = zeros([32]);
  for (const first of range(0, columns, 16)) {
    const column = first + arange(16);
    const off = where(expand(column, 0) < columns, load(x, [row, column]) - mean, 0);
    squares += sum(off * off, 1);
  }
  const scale = expand(rsqrt(squares / columns + 1e-5), 1);
  for (const first of range(0, columns, 16)) {
    const column = first + arange(16);
    const inside = column < columns;
    const gain = expand(load(g + column, inside), 0);
    const bias = expand(load(b + column, inside), 0);
    store(view(y, [rows, columns]), [row, column], (load(x, [row, column]) - mean) * scale * gain + bias);
  }
});
const run = () => layerNorm.launch(cdiv(R, 32), x, g, b, out([R, C]));`,
    },
    {
      note: "plain maths on tensors",
      text: `
const run = () => {
  const off = x.sub(x.mean(1, { keep: true }));
  const variance = off.mul(off).mean(1, { keep: true });
  return off.mul(variance.add(1e-5).rsqrt()).mul(g).add(b);
};`,
    },
  ],

  attention: [
    {
      note: "attention(q, k, v, { causal, tokensFirst })",
      text: `const run = () => attention(q, k, v, { causal, tokensFirst: true });`,
    },
    {
      note: "plain maths on tensors",
      text: `
const run = () => {
  const [queries, keys, values] = [q, k, v].map((x) => x.permute(1, 0, 2));
  const shared = (x: Tensor) =>
    x.reshape(Hkv, 1, S, D).broadcastTo([Hkv, H / Hkv, S, D]).reshape(H, S, D);
  const scores = queries.matmul(shared(keys).T).mul(1 / Math.sqrt(D));
  const [row, column] = [tensor.iota(S).reshape(S, 1), tensor.iota(S)];
  const seen = causal ? where(column.le(row), scores, -Infinity) : scores;
  return seen.softmax().matmul(shared(values)).permute(1, 0, 2);
};`,
    },
  ],

  matmul4: [
    {
      note: "plain maths on tensors",
      text: `
const groups = [N, K / block, block];
const run = () => {
  const signed = packed.cast("f32").sub(8).reshape(groups);
  const weights = signed.mul(scales.reshape(N, K / block, 1)).reshape(N, K);
  return x.matmul(weights.T);
};`,
    },
    {
      note: "kernel over u4, decoded between load and dot; by sums where M is 1",
      text: `
const product = kernel((x: Ptr, w: Ptr<"u4">, scales: Ptr, y: Ptr, m: i32, n: i32, k: i32) => {
  const row = expand(programId(1) * 32 + arange(32), 1);
  const column = expand(programId(0) * 32 + arange(32), 1);
  let total = zeros([32, 32]);
  for (const first of range(0, k, 32)) {
    const inner = expand(first + arange(32), 0);
    const left = load(x + row * k + inner, row < m);
    const right = (load(w + column * k + inner, column < n) - 8) * load(scales + column * idiv(k, 32) + idiv(first, 32), column < n);
    total = dot(left, right.T, total);
  }
  store(y + row * n + column.T, total, row < m && column.T < n);
});
const vector = kernel((x: Ptr, w: Ptr<"u4">, scales: Ptr, y: Ptr, n: i32, k: i32) => {
  const column = programId(0) * 32 + arange(32);
  let total = zeros([32]);
  for (const first of range(0, k, 32)) {
    const inner = expand(first + arange(32), 0);
    const code = load(w + expand(column, 1) * k + inner, expand(column < n, 1)) - 8;
    const part = sum(code * load(x + inner), 1);
    total += part * load(scales + column * idiv(k, 32) + idiv(first, 32), column < n);
  }
  store(y + column, total, column < n);
});
const run = () =>
  M === 1
    ? vector.launch(cdiv(N, 32), x, packed, scales, out([1, N]), N, K)
    : product.launch([cdiv(N, 32), cdiv(M, 32)], x, packed, scales, out([M, N]), M, N, K);`,
    },
  ],

  moe: [
    {
      note: "moe.route, moe.experts",
      text: `
const run = () => {
  const routed = moe.route(logits, { k: top, score: "chosen" });
  return moe.experts(x, routed, (rows, times) => times(times(rows, w1).silu(), w2));
};`,
    },
  ],

  moe4: [
    {
      note: "moe.route, moe.experts of u4, decoded where they are multiplied",
      text: `
const numbers = (codes: Tensor, scales: Tensor) => {
  const groups = scales.shape;
  const grouped = codes.cast("f32").sub(8).reshape([...groups, block]);
  return grouped.mul(scales.reshape([...groups, 1])).reshape(codes.shape);
};
const run = () => {
  const routed = moe.route(logits, { k: top, score: "chosen" });
  return moe.experts(x, routed, (rows, times) => {
    const both = times(rows, numbers(p1, s1), { transposed: true }).reshape(T * top, F, 2);
    const hidden = both.slice(2, 0, 1).silu().mul(both.slice(2, 1, 2)).reshape(T * top, F);
    return times(hidden, numbers(p2, s2), { transposed: true });
  });
};`,
    },
  ],

  geluchain: [
    {
      note: "plain maths on tensors",
      text: `
const run = () => {
  const v = x.mul(1.1).add(0.1);
  return v.mul(v.mul(v).mul(v).mul(0.044715).add(v).mul(0.7978845608).tanh().add(1)).mul(0.5);
};`,
    },
  ],

  sum: [{ note: "x.sum()", text: `const run = () => x.sum();` }],

  block: [
    {
      note: "plain maths on tensors, and attention(q, k, v, { causal, tokensFirst })",
      text: `
const rescaled = (x: Tensor, gain: Tensor, shift: Tensor) => {
  const off = x.sub(x.mean(1, { keep: true }));
  const variance = off.mul(off).mean(1, { keep: true });
  return off.mul(variance.add(1e-5).rsqrt()).mul(gain).add(shift);
};
const run = () => {
  const width = H * D;
  const together = rescaled(x, g1, b1).matmul(wqkv);
  const [q, k, v] = [0, 1, 2].map((part) =>
    together.slice(1, part * width, (part + 1) * width).reshape(S, H, D),
  );
  const attended = attention(q, k, v, { causal: true, tokensFirst: true }).reshape(S, width);
  const y = x.add(attended.matmul(wo));
  const hidden = rescaled(y, g2, b2).matmul(wf1).add(bf1).gelu({ approximate: "tanh" });
  return y.add(hidden.matmul(wf2).add(bf2));
};`,
    },
  ],
};
