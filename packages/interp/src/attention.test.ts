import { seeded } from "@tilebook/base";
import { type Graph, TileBuilder, type TileKernel, type ValueId } from "@tilebook/ir";
import { describe, expect, test } from "vitest";
import { runGraph } from "./graph/run.ts";
import type { TensorValue } from "./graph/nodes.ts";
import { runTileKernel } from "./tile/run.ts";

/** n queries, m keys, d wide. */
interface Sizes {
  readonly n: number;
  readonly m: number;
  readonly d: number;
}

interface Block {
  readonly rows: number;
  readonly columns: number;
  readonly width: number;
}

/** FlashAttention by hand: one program per block of `rows` queries, walking keys in blocks of `columns`. */
function flashKernel(block: Block, causal: boolean): TileKernel {
  const b = new TileBuilder("flash");
  const { rows, columns, width } = block;
  const [q, k, v, out] = ["q", "k", "v", "out"].map((name) => b.pointer(name, "f32")) as [
    ValueId,
    ValueId,
    ValueId,
    ValueId,
  ];
  const [n, m, d] = ["n", "m", "d"].map((name) => b.scalar(name, "i32")) as [ValueId, ValueId, ValueId];
  const scale = b.scalar("scale", "f32");
  const column = (value: ValueId, other: number): ValueId => {
    const size = b.typeOf(value).shape[0] ?? 1;
    return b.broadcast(b.reshape(value, [size, 1]), [size, other]);
  };
  const row = (value: ValueId, other: number): ValueId => {
    const size = b.typeOf(value).shape[0] ?? 1;
    return b.broadcast(b.reshape(value, [1, size]), [other, size]);
  };
  /** Rows `at` of a [size, d] matrix. */
  const rowsOf = (at: ValueId, size: ValueId) => {
    const count = b.typeOf(at).shape[0] ?? 1;
    const lanes = b.arange(0, width);
    const inRow = b.binary("lt", column(at, width), b.broadcast(size, [count, width]));
    const inWidth = b.binary("lt", row(lanes, count), b.broadcast(d, [count, width]));
    const start = b.binary("mul", column(at, width), b.broadcast(d, [count, width]));
    return { offset: b.binary("add", start, row(lanes, count)), mask: b.binary("and", inRow, inWidth) };
  };
  const firstQuery = b.binary("mul", b.programId(0), b.const(rows, "i32"));
  const queries = b.binary("add", b.broadcast(firstQuery, [rows]), b.arange(0, rows));
  const qTile = b.load({ pointer: q, ...rowsOf(queries, n) });
  const low = b.const(-1e30, "f32");
  const carried = [
    { init: b.broadcast(low, [rows]), label: "most" },
    { init: b.full([rows], 0, "f32"), label: "total" },
    { init: b.full([rows, width], 0, "f32"), label: "sum" },
  ];
  const [, total = -1, sum = -1] = b.forLoop(
    { lower: b.const(0, "i32"), upper: m, step: columns },
    carried,
    (j, [most = -1, old = -1, acc = -1]) => {
      const keys = b.binary("add", b.broadcast(j, [columns]), b.arange(0, columns));
      const at = rowsOf(keys, m);
      const scores = b.dot(qTile, b.transpose(b.load({ pointer: k, ...at })));
      const scaled = b.binary("mul", scores, b.broadcast(scale, [rows, columns]));
      let seen = b.binary("lt", row(keys, rows), b.broadcast(m, [rows, columns]));
      if (causal) {
        const last = b.binary(
          "add",
          column(queries, columns),
          b.broadcast(b.binary("sub", m, n), [rows, columns]),
        );
        seen = b.binary("and", seen, b.binary("le", row(keys, rows), last));
      }
      const masked = b.select({ condition: seen, yes: scaled, no: b.broadcast(low, [rows, columns]) });
      const next = b.binary("max", most, b.reduce("max", masked, 1));
      const shifted = b.unary("exp", b.binary("sub", masked, column(next, columns)));
      const weights = b.select({ condition: seen, yes: shifted, no: b.full([rows, columns], 0, "f32") });
      const repair = b.unary("exp", b.binary("sub", most, next));
      const newTotal = b.binary("add", b.binary("mul", old, repair), b.reduce("sum", weights, 1));
      const part = b.dot(weights, b.load({ pointer: v, ...at }));
      return [next, newTotal, b.binary("add", b.binary("mul", acc, column(repair, width)), part)];
    },
  );
  const one = b.full([rows], 1, "f32");
  const empty = b.binary("eq", total, b.full([rows], 0, "f32"));
  const divisor = b.select({ condition: empty, yes: one, no: total });
  b.store({ pointer: out, ...rowsOf(queries, n), value: b.binary("div", sum, column(divisor, width)) });
  return b.finish();
}

function attentionGraph({ n, m, d }: Sizes, causal: boolean, scale: number): Graph {
  const input = (tensor: string, rows: number) =>
    ({ kind: "input", tensor, type: { dtype: "f32", shape: [rows, d] } }) as const;
  return {
    nodes: [
      input("q", n),
      input("k", m),
      input("v", m),
      {
        kind: "attention",
        q: 0,
        k: 1,
        v: 2,
        scale,
        causal,
        tokensFirst: false,
        type: { dtype: "f32", shape: [n, d] },
      },
    ],
    kernels: [],
    outputs: [3],
  };
}

function randomInputs({ n, m, d }: Sizes): Map<string, TensorValue> {
  const random = seeded(n * 1000 + m);
  const tensor = (rows: number): TensorValue => ({
    type: { dtype: "f32", shape: [rows, d] },
    values: Float64Array.from({ length: rows * d }, () => Math.fround(random() * 2 - 1)),
  });
  return new Map([
    ["q", tensor(n)],
    ["k", tensor(m)],
    ["v", tensor(m)],
  ]);
}

function square(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}

function nmse(seen: Float64Array, wanted: Float64Array): number {
  return square(seen.map((value, i) => value - (wanted[i] ?? NaN))) / Math.max(square(wanted), 1e-300);
}

const block = { rows: 16, columns: 16, width: 16 };

function both(
  sizes: Sizes,
  causal: boolean,
  rounding: "exact" | "f64",
  tile: Block = block,
): [Float64Array, Float64Array] {
  const inputs = randomInputs(sizes);
  const values = (name: string) => inputs.get(name)?.values ?? new Float64Array();
  const [wanted = new Float64Array()] = runGraph(attentionGraph(sizes, causal, 0.5), inputs);
  const out = new Float64Array(sizes.n * sizes.d);
  const grid = [Math.ceil(sizes.n / tile.rows), 1, 1] as const;
  const args = [values("q"), values("k"), values("v"), out, sizes.n, sizes.m, sizes.d, 0.5];
  const { remarks } = runTileKernel(flashKernel(tile, causal), grid, args, { rounding });
  expect(remarks).toEqual([]);
  return [out, wanted];
}

describe("flash attention by tiles equals attention by its definition", () => {
  const grid: readonly Sizes[] = [
    { n: 16, m: 16, d: 16 },
    { n: 17, m: 33, d: 16 },
    { n: 1, m: 50, d: 7 },
    { n: 40, m: 9, d: 5 },
    { n: 31, m: 1, d: 1 },
  ];
  for (const sizes of grid) {
    for (const causal of [false, true]) {
      test(`[A1] ${JSON.stringify(sizes)} causal=${causal}`, () => {
        expect(nmse(...both(sizes, causal, "f64"))).toBeLessThan(1e-20);
        expect(nmse(...both(sizes, causal, "exact"))).toBeLessThan(1e-12);
      });
    }
  }
  test("[A2] rows that see no key are zeros, in both", () => {
    const [seen, wanted] = both({ n: 40, m: 9, d: 5 }, true, "f64");
    const blind = 31 * 5;
    expect(wanted.subarray(0, blind).every((value) => value === 0)).toBe(true);
    expect(seen.subarray(0, blind).every((value) => value === 0)).toBe(true);
    expect(wanted.subarray(blind).every((value) => value !== 0)).toBe(true);
  });
  test("[A3] 360 queries x 1437 keys x 64, the notebook's size", () => {
    const sizes = { n: 360, m: 1437, d: 64 };
    expect(nmse(...both(sizes, false, "exact", { rows: 32, columns: 32, width: 64 }))).toBeLessThan(1e-12);
  });
});
