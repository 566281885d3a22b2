import { GraphMaker } from "@tilebook/compiler/testing";
import type { DType, Graph, NodeId, TileKernel } from "@tilebook/ir";
import { lowerKernel } from "@tilebook/lang";

/** A graph of one launch that the compiler can do in many ways. */
export interface GridCase {
  readonly name: string;
  readonly graph: Graph;
}

type Shape = readonly number[];

function product(left: Shape, right: Shape, more: { transposed?: boolean; dtype?: DType } = {}): Graph {
  const g = new GraphMaker();
  const { transposed = false, dtype = "f32" } = more;
  return g.graph([g.matmul(g.input("a", left, dtype), g.input("b", right, dtype), transposed)]);
}

interface Heads {
  readonly causal?: boolean;
  readonly tokensFirst?: boolean;
  readonly dtype?: DType;
}

function attention(
  queries: Shape,
  keys: Shape,
  { causal = false, tokensFirst = false, dtype }: Heads,
): Graph {
  const g = new GraphMaker();
  const [q, k, v] = [g.input("q", queries, dtype), g.input("k", keys, dtype), g.input("v", keys, dtype)];
  return g.graph([g.attention({ q, k, v }, 0.5, causal, tokensFirst)]);
}

function reduced(op: "sum" | "max" | "argmax", shape: Shape, axis: number): Graph {
  const g = new GraphMaker();
  return g.graph([g.reduce(op, g.unary("sin", g.input("x", shape)), axis)]);
}

function mapped(shape: Shape, dtype: DType = "f32"): Graph {
  const g = new GraphMaker();
  const [x, y] = [g.input("x", shape, dtype), g.input("y", [shape.at(-1) ?? 1], dtype)];
  const spread = g.broadcast(g.reshape(y, [...shape.slice(1).map(() => 1), shape.at(-1) ?? 1]), shape);
  return g.graph([g.unary("tanh", g.binary("mul", g.unary("exp", x), spread))]);
}

/** Sums, products, a choice and a quotient of halves, between functions that are taken in f32. */
function mappedHalves(shape: Shape): Graph {
  const g = new GraphMaker();
  const [x, y] = [g.input("x", shape, "f16"), g.input("y", shape, "f16")];
  const [zero, half] = [g.fill(0, shape, "f16"), g.fill(0.5, shape, "f16")];
  const sum = g.binary("add", g.binary("mul", g.binary("sub", x, half), y), x);
  const choice = g.select(g.compare("lt", sum, y), g.binary("max", sum, zero), g.unary("neg", sum));
  const quotient = g.binary("div", choice, g.binary("add", g.unary("abs", y), half));
  return g.graph([g.binary("mul", g.unary("tanh", quotient), g.binary("min", g.unary("exp", x), y))]);
}

function turned(shape: Shape): Graph {
  const g = new GraphMaker();
  return g.graph([g.unary("neg", g.permute(g.input("x", shape), [2, 0, 1]))]);
}

function kernelOf(text: string): TileKernel {
  return lowerKernel({ source: "cell", text: `const k = kernel(${text});`, kernel: "k0", captured: {} });
}

/** Each input a buffer, then the result, then the numbers. */
function called(
  kernel: TileKernel,
  how: { grid: readonly [number, number, number]; inputs: readonly Shape[]; result: Shape; numbers: Shape },
): Graph {
  const g = new GraphMaker();
  const nodes = how.inputs.map((shape, at): NodeId => g.input(`x${at}`, shape));
  const launch = {
    kernel: 0,
    grid: how.grid,
    arguments: [
      ...nodes.map((node) => ({ kind: "node" as const, node })),
      { kind: "output" as const, index: 0 },
      ...how.numbers.map((value) => ({ kind: "scalar" as const, value })),
    ],
  };
  return g.graph([g.call(launch, [{ dtype: "f32", shape: how.result }])], [kernel]);
}

const softmax = kernelOf(`(x: Ptr, y: Ptr, rows: i32, columns: i32) => {
  const row = programId(0) * 16 + arange(16);
  const at = expand(row, 1) * columns;
  const live = expand(row, 1) < rows;
  let most = full([16], -1e30);
  for (const first of range(0, columns, 16)) {
    const c = expand(first + arange(16), 0);
    most = maximum(most, max(load(x + at + c, live && c < columns, -1e30), 1));
  }
  let total = zeros([16]);
  for (const first of range(0, columns, 16)) {
    const c = expand(first + arange(16), 0);
    const e = exp(load(x + at + c, live && c < columns, -1e30) - expand(most, 1));
    total += sum(e, 1);
    store(y + at + c, e, live && c < columns);
  }
  for (const first of range(0, columns, 16)) {
    const c = expand(first + arange(16), 0);
    store(y + at + c, load(y + at + c, live && c < columns) * expand(1 / total, 1), live && c < columns);
  }
}`);

const usersProduct = kernelOf(`(a: Ptr, b: Ptr, c: Ptr, m: i32, n: i32, k: i32) => {
  const row = expand(programId(1) * 16 + arange(16), 1);
  const column = expand(programId(0) * 32 + arange(32), 0);
  let total = zeros([16, 32]);
  for (const first of range(0, k, 8)) {
    const across = expand(first + arange(8), 0);
    const down = expand(first + arange(8), 1);
    const left = load(a + row * k + across, row < m && across < k);
    const right = load(b + down * n + column, down < k && column < n);
    total = dot(left, right, total);
  }
  store(c + row * n + column, total, row < m && column < n);
}`);

/** Attention as a person writes it, of whole blocks. */
const usersAttention = kernelOf(`(q: Ptr, kk: Ptr, v: Ptr, o: Ptr, n: i32) => {
  const rows = programId(0) * 32 + arange(32); const d = arange(16);
  const qv = view(q, [n, 16]); const kv = view(kk, [n, 16]); const vv = view(v, [n, 16]);
  const a = load(qv, [rows, d]);
  let m = full([32], -1e30); let l = zeros([32]); let acc = zeros([32, 16]);
  for (const j of range(0, n, 16)) {
    const cols = j + arange(16);
    const s0 = dot(a, load(kv, [cols, d]).T) * 0.25;
    const s = where(expand(rows, 1) >= expand(cols, 0), s0, -1e30);
    const m2 = maximum(m, max(s, 1)); const p = exp(s - expand(m2, 1)); const c = exp(m - m2);
    l = l * c + sum(p, 1); acc = acc * expand(c, 1) + dot(p, load(vv, [cols, d])); m = m2;
  }
  store(view(o, [n, 16]), [rows, d], acc / expand(l, 1));
}`);

/** The same of any size, where a query sees w keys: loops begin later and end earlier. */
const usersWindow = kernelOf(`(q: Ptr, kk: Ptr, v: Ptr, o: Ptr, n: i32, w: i32) => {
  const rows = programId(0) * 32 + arange(32); const d = arange(16);
  const qv = view(q, [n, 16]); const kv = view(kk, [n, 16]); const vv = view(v, [n, 16]);
  const a = load(qv, [rows, d]);
  let m = full([32], -1e30); let l = zeros([32]); let acc = zeros([32, 16]);
  for (const j of range(0, n, 16)) {
    const cols = j + arange(16);
    const away = expand(rows, 1) - expand(cols, 0);
    const seen = away >= 0 && away < w && expand(cols, 0) < n;
    const s = where(seen, dot(a, load(kv, [cols, d]).T) * 0.25, -1e30);
    const m2 = maximum(m, max(s, 1)); const p = where(seen, exp(s - expand(m2, 1)), 0); const c = exp(m - m2);
    l = l * c + sum(p, 1); acc = acc * expand(c, 1) + dot(p, load(vv, [cols, d])); m = m2;
  }
  store(view(o, [n, 16]), [rows, d], acc / expand(l, 1));
}`);

const sizes = [
  [64, 64],
  [37, 41],
] as const;

const f32Cases: readonly (readonly [string, Graph])[] = [
  ["matmul, aligned", product([2, 64, 16], [2, 16, 64])],
  ["matmul, ragged", product([2, 37, 19], [2, 19, 41])],
  ["matmul by the transpose", product([70, 32], [64, 32], { transposed: true })],
  ["matmul of one row", product([1, 96], [96, 70])],
  ["matmul of three rows into one column", product([3, 40], [40, 1])],
  ["matmul in parts", product([12, 2051], [2051, 20])],
  ["matmul of one row in parts, by the transpose", product([1, 2048], [70, 2048], { transposed: true })],
  ...[false, true].flatMap((causal) => {
    const which = causal ? "causal attention" : "attention";
    return [
      [`${which}, aligned`, attention([2, 64, 16], [2, 64, 16], { causal })],
      [`${which}, ragged`, attention([2, 37, 12], [2, 45, 12], { causal })],
      [`${which}, fewer heads of keys`, attention([4, 33, 16], [2, 40, 16], { causal })],
      [`${which}, tokens first`, attention([33, 4, 16], [40, 2, 16], { causal, tokensFirst: true })],
    ] as const;
  }),
  ["sum of rows", reduced("sum", [33, 70], 1)],
  ["sum of columns", reduced("sum", [70, 33], 0)],
  ["sum of a long row", reduced("sum", [1, 9000], 1)],
  ["sum of a row in parts", reduced("sum", [1, 70_001], 1)],
  ["argmax of rows in parts", reduced("argmax", [3, 33_001], 1)],
  ["argmax of rows", reduced("argmax", [5, 700], 1)],
  ["map, aligned", mapped([40, 256])],
  ["map, ragged", mapped([77, 131])],
  ["permute", turned([12, 33, 20])],
  ...sizes.flatMap(([m, n]) => [
    [
      `softmax by a user, ${m} rows of ${n}`,
      called(softmax, { grid: [Math.ceil(m / 16), 1, 1], inputs: [[m, n]], result: [m, n], numbers: [m, n] }),
    ] as const,
    [
      `product by a user, ${m} rows, ${n} columns`,
      called(usersProduct, {
        grid: [Math.ceil(n / 32), Math.ceil(m / 16), 1],
        inputs: [
          [m, 24],
          [24, n],
        ],
        result: [m, n],
        numbers: [m, n, 24],
      }),
    ] as const,
  ]),
  [
    "attention by a user",
    called(usersAttention, {
      grid: [2, 1, 1],
      inputs: [
        [64, 16],
        [64, 16],
        [64, 16],
      ],
      result: [64, 16],
      numbers: [64],
    }),
  ],
  [
    "attention in a window by a user",
    called(usersWindow, {
      grid: [4, 1, 1],
      inputs: [
        [101, 16],
        [101, 16],
        [101, 16],
      ],
      result: [101, 16],
      numbers: [101, 20],
    }),
  ],
];

const f16Cases: readonly (readonly [string, Graph])[] = [
  ["matmul in f16", product([2, 64, 16], [2, 16, 64], { dtype: "f16" })],
  ["matmul in f16, ragged", product([37, 19], [19, 41], { dtype: "f16" })],
  ["causal attention in f16", attention([2, 37, 16], [2, 37, 16], { causal: true, dtype: "f16" })],
  ["map in f16", mapped([40, 256], "f16")],
  ["sums and products in f16, aligned", mappedHalves([40, 256])],
  ["sums and products in f16, ragged", mappedHalves([77, 131])],
];

export function gridCases(f16: boolean): readonly GridCase[] {
  return [...f32Cases, ...(f16 ? f16Cases : [])].map(([name, graph]) => ({ name, graph }));
}
