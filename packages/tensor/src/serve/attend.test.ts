import { realClock } from "@tilebook/base";
import { valueDType } from "@tilebook/ir";
import { describe, expect, test } from "vitest";
import type { Expr } from "../expr.ts";
import { makeGlobals } from "../globals.ts";
import { Tensor } from "../tensor.ts";
import { TestHost } from "../testing/host.ts";
import { Workspace } from "../workspace.ts";
import { cast, fill } from "../nodes.ts";
import { append } from "./append.ts";
import { attendRows } from "./attend.ts";
import { rowTable } from "./rows.ts";
import { layerTypes, memorySizes } from "./sizes.ts";

interface Attended {
  readonly found: Tensor;
  readonly layer: readonly Tensor[];
}

/** Five tokens of one sequence, written down and looked at: two heads of 6 numbers. */
function attended(
  workspace: Workspace,
  dtype: "f32" | "i8",
  { q, k, v }: { readonly q: Tensor; readonly k: Tensor; readonly v: Tensor },
): Attended {
  const { tensor } = makeGlobals(workspace);
  const some = { layers: 1, heads: 2, headSize: 6, sequences: 1, length: 8, page: 4 };
  const sizes = memorySizes("test", { ...some, dtype });
  const rows = Array.from({ length: 5 }, (_, place) => ({ token: 0, sequence: 0, place }));
  const [told, table] = [
    tensor(rowTable(5, rows, []), { shape: [9, 5] }),
    tensor([1, 0], { dtype: "i32", shape: [1, 2] }),
  ];
  const step = { rows: Tensor.expr(told), table: Tensor.expr(table), sizes };
  const zeros = layerTypes(sizes).map((type) => fill(0, type.shape, valueDType(type.dtype)));
  const parts = zeros.map((part, at) => cast(part, layerTypes(sizes)[at]?.dtype ?? "f32"));
  const layer = workspace
    .buildAll(() => append(workspace.kernels, parts, { k: Tensor.expr(k), v: Tensor.expr(v) }, step))
    .map((part) => new Tensor(workspace, part));
  const exprs = layer.map((part) => Tensor.expr(part));
  return {
    layer,
    found: Tensor.make(workspace, () => attendRows(workspace.kernels, Tensor.expr(q), exprs, step, 1)),
  };
}

describe("attention of rows over their sequences", () => {
  test.each([
    [40, 16],
    [40, 7],
    [45, 12],
    [1100, 16],
    [2500, 64],
  ])(
    "[SA1] of at most %i tokens in pages of %i, it is softmax(q kᵀ) v over those up to its place; empty rows are zeros",
    async (length, page) => {
      const workspace = new Workspace(new TestHost(), realClock);
      const { tensor, random, nmse, realize } = makeGlobals(workspace);
      const sizes = memorySizes("test", {
        layers: 1,
        heads: 2,
        headSize: 3,
        sequences: 2,
        length,
        page,
      });
      const { pages, pagesEach } = sizes;
      const order = random.permutation(pages, { seed: 3 });
      const layer = random.normal([2, pages, 2, page, 3], { seed: 1 });
      const q = random.normal([4, 4, 3], { seed: 2 });
      const rows = [
        { token: 0, sequence: 1, place: length - 1 },
        { token: 0, sequence: 0, place: 0 },
        { token: 0, sequence: 0, place: Math.floor(length / 2) },
      ];
      const [told, table] = [
        tensor(rowTable(4, rows, []), { shape: [9, 4] }),
        tensor([...order], { dtype: "i32", shape: [2, pagesEach] }),
      ];
      const step = { rows: Tensor.expr(told), table: Tensor.expr(table), sizes };
      const found = Tensor.make(workspace, () =>
        attendRows(workspace.kernels, Tensor.expr(q), [Tensor.expr(layer)], step, 0.5),
      );
      const plain = rows.map(({ sequence, place }, row) => {
        const own = layer.take([...order].slice(sequence * pagesEach, (sequence + 1) * pagesEach), 1);
        const [k, v] = [0, 1].map((half) =>
          own
            .row(half)
            .permute(1, 0, 2, 3)
            .reshape(2, pagesEach * page, 3)
            .slice(1, 0, place + 1)
            .repeat(2, 0),
        ) as [Tensor, Tensor];
        const asks = q.row(row).expandDims(1);
        return asks.matmul(k.transpose()).mul(0.5).softmax().matmul(v).squeeze(1);
      });
      await realize(found, plain);
      for (const [row, wanted] of plain.entries())
        expect(nmse(await found.row(row).data(), await wanted.data())).toBeLessThan(1e-11);
      expect(new Set(await found.row(3).data())).toEqual(new Set([0]));
    },
  );

  test("[SA2] of codes it is nearly that of numbers: each head of each token has its greatest at 127", async () => {
    const workspace = new Workspace(new TestHost(), realClock);
    const { random, nmse } = makeGlobals(workspace);
    const [k, v, q] = [1, 2, 3].map((seed) => random.normal([5, 2, 6], { seed })) as [Tensor, Tensor, Tensor];
    const [numbers, codes] = (["f32", "i8"] as const).map((dtype) =>
      attended(workspace, dtype, { q, k, v }),
    ) as [Attended, Attended];
    expect(nmse(await codes.found.data(), await numbers.found.data())).toBeLessThan(1e-4);
    const [kept, scales] = codes.layer;
    const first = [...((await k.data()) as unknown as Iterable<number>)].slice(0, 6);
    const scale = Math.max(...first.map(Math.abs)) / 127;
    // Token 0 is the first of page 1.
    const at = (1 * 2 + 0) * 4;
    expect([...((await kept?.data()) ?? [])].slice(at * 6, at * 6 + 6)).toEqual(
      first.map((value) => Math.round(value / scale)),
    );
    expect((await scales?.data())?.[at]).toBeCloseTo(scale, 6);
  });

  test.each(["f32", "i8"] as const)(
    "[SA3] queries, keys and values that are parts of one product: the same, to the bit, of %s",
    async (dtype) => {
      const workspace = new Workspace(new TestHost(), realClock);
      const { random } = makeGlobals(workspace);
      const product = random.normal([5, 3, 2, 6], { seed: 1 });
      const [q, k, v] = [0, 1, 2].map((part) => product.at(":", part)) as [Tensor, Tensor, Tensor];
      const copied = { q: q.mul(1), k: k.mul(1), v: v.mul(1) };
      const [where, copies] = [attended(workspace, dtype, { q, k, v }), attended(workspace, dtype, copied)];
      expect(await where.found.data()).toEqual(await copies.found.data());
    },
  );

  test.each([
    { window: 9, sinks: 0, page: 4, step: 1 },
    { window: 7, sinks: 3, page: 4, step: 5 },
    { window: 16, sinks: 1, page: 8, step: 6 },
    { window: 40, sinks: 33, page: 32, step: 7 },
    { window: 5, sinks: 9, page: 7, step: 3 },
    { window: 520, sinks: 3, page: 64, step: 130 },
  ])(
    "[SA4] %o: over the last tokens and the first, while those between are written over",
    async ({ window, sinks, page, step: each }) => {
      const workspace = new Workspace(new TestHost(), realClock);
      const { tensor, random, nmse, realize } = makeGlobals(workspace);
      const some = { layers: 1, heads: 2, headSize: 3, sequences: 1, page, window, sinks };
      const long = memorySizes("test", { ...some, length: 1e6 }, each);
      const n = each * Math.ceil(((long.pages + 2) * page) / each);
      const sizes = memorySizes("test", { ...some, length: n }, each);
      const { pages, pagesEach } = sizes;
      expect(pages * page).toBeLessThan(n);
      const [q, k, v] = [1, 2, 3].map((seed) => random.normal([n, 2, 3], { seed })) as [
        Tensor,
        Tensor,
        Tensor,
      ];
      const table = Tensor.expr(
        tensor([...random.permutation(pages, { seed: 4 })], { dtype: "i32", shape: [1, pagesEach] }),
      );
      let layer = layerTypes(sizes).map((type) => Tensor.make(workspace, () => fill(0, type.shape, "f32")));
      const found: Tensor[] = [];
      for (let from = 0; from < n; from += each) {
        const rows = Array.from({ length: each }, (_, at) => ({ token: 0, sequence: 0, place: from + at }));
        const told = tensor(rowTable(each, rows, []), { shape: [9, each] });
        const step = { rows: Tensor.expr(told), table, sizes };
        const part = (x: Tensor): Expr => Tensor.expr(x.slice(0, from, from + each));
        layer = workspace
          .buildAll(() =>
            append(
              workspace.kernels,
              layer.map((one) => Tensor.expr(one)),
              { k: part(k), v: part(v) },
              step,
            ),
          )
          .map((one) => new Tensor(workspace, one));
        const exprs = layer.map((one) => Tensor.expr(one));
        found.push(Tensor.make(workspace, () => attendRows(workspace.kernels, part(q), exprs, step, 0.7)));
        await realize(found, layer);
      }
      const [key, asks] = [tensor.arange(n), tensor.arange(n).expandDims(1)];
      const hidden = key.gt(asks).or(key.le(asks.sub(window)).and(key.ge(sinks)));
      const [qs, ks, vs] = [q, k, v].map((x) => x.permute(1, 0, 2)) as [Tensor, Tensor, Tensor];
      const scores = hidden.where(-Infinity, qs.matmul(ks.transpose()).mul(0.7));
      const wanted = scores.softmax().matmul(vs).permute(1, 0, 2);
      const all = await Promise.all(found.map((one) => one.data()));
      expect(
        nmse(
          all.flatMap((one) => [...one]),
          await wanted.data(),
        ),
      ).toBeLessThan(1e-11);
    },
  );
});
