import { type Graph, type TensorType, TileBuilder, type TileKernel, type ValueId } from "@tilebook/ir";
import { compileKernel } from "./compile.ts";
import { compileGraph } from "./graph/compile-graph.ts";
import type { Target } from "./program.ts";

/**
 * Compiles a kernel that nobody asked for. JavaScript engines translate a program while it runs, so the first kernel that
 * a page compiles would take three times as long as the next one: a worker that has nothing to do takes that on itself.
 */
export function warmUp(target: Target): void {
  compileKernel(warmKernel(), target);
  compileGraph(warmGraph(), target);
}

/** A product, a map and a sum: each has kernels of ours. */
function warmGraph(): Graph {
  const square: TensorType = { dtype: "f32", shape: [64, 64] };
  return {
    nodes: [
      { kind: "input", tensor: "warm", type: square },
      { kind: "matmul", left: 0, right: 0, transposeRight: false, type: square },
      { kind: "unary", op: "exp", input: 1, type: square },
      { kind: "reduce", op: "sum", input: 2, axis: 1, type: { dtype: "f32", shape: [64, 1] } },
    ],
    kernels: [],
    outputs: [2, 3],
  };
}

const [rows, keys, width] = [64, 16, 64];

/** A step of attention: of all that people write, what goes through most of the compiler. */
export function warmKernel(): TileKernel {
  const b = new TileBuilder("warm");
  const [q, k, o] = [b.pointer("q", "f32"), b.pointer("k", "f32"), b.pointer("o", "f32")];
  const n = b.scalar("n", "i32");
  const start = b.binary("mul", b.programId(0), b.const(rows, "i32"));
  const at = b.binary("add", b.broadcast(start, [rows]), b.arange(0, rows));
  const queries = b.load({ pointer: q, ...matrix(b, at, rows, n) });
  const [total = -1, sums = -1] = b.forLoop(
    { lower: b.const(0, "i32"), upper: n, step: keys, indexLabel: "j" },
    [{ init: b.full([rows, width], 0, "f32") }, { init: b.full([rows], 0, "f32") }],
    (first, [before = -1, sum = -1]) => {
      const places = b.binary("add", b.broadcast(first, [keys]), b.arange(0, keys));
      const block = b.load({ pointer: k, ...matrix(b, places, keys, n) });
      const shape = [rows, keys];
      const scores = b.dot(queries, b.transpose(block));
      const seen = b.binary("ge", column(b, at, shape), b.broadcast(b.reshape(places, [1, keys]), shape));
      const masked = b.select({ condition: seen, yes: scores, no: b.full(shape, -1e30, "f32") });
      const parts = b.unary("exp", b.binary("sub", masked, column(b, b.reduce("max", masked, 1), shape)));
      const next = b.binary("add", sum, b.reduce("sum", parts, 1));
      return [
        b.binary("add", b.binary("mul", before, column(b, next, [rows, width])), b.dot(parts, block)),
        next,
      ];
    },
  );
  const value = b.binary("div", total, column(b, sums, [rows, width]));
  b.store({ pointer: o, ...matrix(b, at, rows, n), value });
  return b.finish();
}

/** Where rows of a row-major matrix lie, and which of them are there. */
function matrix(
  b: TileBuilder,
  places: ValueId,
  count: number,
  n: ValueId,
): { readonly offset: ValueId; readonly mask: ValueId } {
  const shape = [count, width];
  const row = column(b, places, shape);
  const inRow = b.broadcast(b.reshape(b.arange(0, width), [1, width]), shape);
  return {
    offset: b.binary("add", b.binary("mul", row, b.full(shape, width, "i32")), inRow),
    mask: b.binary("lt", row, b.broadcast(n, shape)),
  };
}

function column(b: TileBuilder, value: ValueId, shape: readonly number[]): ValueId {
  return b.broadcast(b.reshape(value, [shape[0] ?? 1, 1]), shape);
}
