import { realClock, seeded } from "@tilebook/base";
import { describe, expect, test } from "vitest";
import { arithmetic } from "../elementwise.ts";
import { Expr } from "../expr.ts";
import { alias, cast, fill } from "../nodes.ts";
import { Tensor } from "../tensor.ts";
import { blockDecoders, decodeBlocks, someBlocks } from "../testing/block-decoders.ts";
import { open, type TestCell } from "../testing/cell.ts";
import { ggufFile } from "../testing/gguf-file.ts";
import { TestHost } from "../testing/host.ts";
import { Workspace } from "../workspace.ts";
import { weightsOf } from "./planes.ts";

const format = blockDecoders.find(({ name }) => name === "Q4_0") ?? blockDecoders[0];
if (format === undefined) throw new Error("no formats");
const data = someBlocks(format, 4, seeded(3));

function weightsIn({ gguf }: TestCell): Tensor {
  const file = gguf.read(
    ggufFile({ tensors: [{ name: "w", type: format?.type ?? 0, sizes: [64, 2], data }] }),
  );
  return file.tensor("w");
}

describe("weights that are kept as codes", () => {
  test("[QZ1] say their format, bits and bytes, and give their planes; others do not", async () => {
    const cell = open();
    const w = weightsIn(cell);
    const { planes, ...said } = w.quantized ?? {};
    expect(said).toEqual({ format: "Q4_0", bits: 4.5, bytes: 72 });
    expect(w.bytes).toBe(72);
    expect([planes?.["codes"]?.dtype, planes?.["codes"]?.shape, planes?.["scales"]?.dtype]).toEqual([
      "u4",
      [2, 64],
      "f16",
    ]);
    expect(w.T.reshape(128).quantized).toMatchObject(said);
    expect(w.T.reshape(128).slice(0, 64).quantized).toMatchObject({ ...said, bytes: 36 });
    expect(w.expandDims(0).repeat(3, 0).quantized?.bytes ?? 72).toBe(72);
    expect(w.mul(2).quantized).toBeUndefined();
    expect(cell.tensor([1]).quantized).toBeUndefined();
  });

  test("[QZ2] are not computed where they are kept for others: a later run reads the codes", async () => {
    const cell = open();
    const w = weightsIn(cell).T;
    await cell.tensors.realize([], [w]);
    await cell.realize(w);
    expect(cell.host.graphs).toEqual([]);
    expect(w.handle).toBeUndefined();
    await cell.tensor.ones([1, 64]).matmul(w).data();
    const inputs = cell.host.graphs[0]?.nodes.filter(({ kind }) => kind === "input") ?? [];
    expect(inputs.map(({ type }) => type.dtype).toSorted()).toEqual(["f16", "u4"]);
  });

  test("[QZ3] are read as codes also once their numbers were wanted", async () => {
    const cell = open();
    const w = weightsIn(cell);
    const wanted = decodeBlocks(format, data);
    expect(Array.from(await w.data())).toEqual(wanted);
    const graphs = cell.host.graphs.length;
    expect(Array.from(await w.data())).toEqual(wanted);
    expect(cell.host.graphs.length).toBe(graphs);
    const total = await w.sum().item();
    expect(total).toBeCloseTo(
      wanted.reduce((sum, one) => sum + one, 0),
      3,
    );
    expect(cell.host.graphs.at(-1)?.nodes.some(({ type }) => type.dtype === "u4")).toBe(true);
  });

  test("[QZ4] planes that the device made stay as long as somebody needs the weights, and no longer", async () => {
    const host = new TestHost();
    const workspace = new Workspace(host, realClock);
    const scope = workspace.open("a");
    const made = Tensor.make(workspace, () => {
      const given = Expr.data(new Uint8Array(Float32Array.of(-7, 3, 5, 1).buffer), {
        dtype: "f32",
        shape: [2, 2],
      });
      const scales = arithmetic("add", fill(0, [2, 1], "f32"), 2);
      return weightsOf({ codes: cast(given, "i8"), scales }, [2, 2], "test");
    });
    workspace.open("b");
    const w = Tensor.make(workspace, () => alias(Tensor.expr(made)));
    await workspace.keep([Tensor.expr(w)]);
    workspace.close(scope);
    const runs = host.graphs.length;
    expect(await w.array()).toEqual([
      [-14, 6],
      [10, 2],
    ]);
    expect(await w.mul(2).sum().item()).toBe(8);
    const again = host.graphs.slice(runs).flatMap(({ nodes }) => nodes);
    expect(again.filter(({ type }) => type.dtype === "i8").every(({ kind }) => kind === "input")).toBe(true);
    w.dispose();
    workspace.close(workspace.scope);
    expect(host.alive.size).toBe(0);
  });
});
