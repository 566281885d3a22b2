import { describe, expect, test } from "vitest";
import { isPacked } from "../dtype.ts";
import { binaryDTypes, unaryDTypes } from "../infer.ts";
import { atomicNames, reduceNames } from "../ops.ts";
import { printTile } from "../text/print-tile.ts";
import type { TileOp } from "../tile.ts";
import { verifyTile } from "../verify/tile.ts";
import { walkOps } from "../walk.ts";
import { mismatch, soundKernel } from "./index.ts";

const kernels = Array.from({ length: 300 }, (_, seed) => soundKernel(seed));

function ops(): TileOp[] {
  const found: TileOp[] = [];
  for (const { kernel } of kernels) walkOps(kernel.body, (op) => found.push(op));
  return found;
}

const kinds: Record<TileOp["kind"], true> = {
  const: true,
  programId: true,
  numPrograms: true,
  arange: true,
  broadcast: true,
  reshape: true,
  transpose: true,
  unary: true,
  binary: true,
  select: true,
  cast: true,
  bitcast: true,
  join: true,
  pick: true,
  gather: true,
  argsort: true,
  load: true,
  atomic: true,
  dot: true,
  reduce: true,
  store: true,
  fold: true,
  scan: true,
  print: true,
  assert: true,
  for: true,
  if: true,
};

describe("sound kernels", () => {
  test("[K1] are valid, have at most seven buffers, and depend on nothing but their seed", () => {
    for (const [seed, { kernel }] of kernels.entries()) {
      verifyTile(kernel);
      expect(kernel.params.filter((param) => param.kind === "pointer").length).toBeLessThanOrEqual(7);
      expect(printTile(soundKernel(seed).kernel)).toBe(printTile(kernel));
    }
  });
  test("[K2] have every op, in every sort", () => {
    const seen = new Set(ops().map((op) => ("op" in op ? `${op.kind} ${op.op}` : op.kind)));
    const named = ["unary", "binary", "reduce", "atomic"];
    const wanted = [
      ...Object.keys(kinds).filter((kind) => !named.includes(kind)),
      ...Object.keys(unaryDTypes).map((op) => `unary ${op}`),
      ...Object.keys(binaryDTypes).map((op) => `binary ${op}`),
      ...reduceNames.map((op) => `reduce ${op}`),
      ...atomicNames.map((op) => `atomic ${op}`),
    ];
    expect(wanted.filter((name) => !seen.has(name))).toEqual([]);
  });
  test("[K3] have loops with a condition, scans from behind, folds of several tiles, sorts both ways, masks", () => {
    const all = ops();
    const some = (is: (op: TileOp) => boolean) => all.some(is);
    expect(some((op) => op.kind === "for" && op.while !== undefined)).toBe(true);
    expect(some((op) => op.kind === "scan" && op.reverse)).toBe(true);
    expect(some((op) => op.kind === "fold" && op.inputs.length === 3)).toBe(true);
    expect(some((op) => op.kind === "argsort" && op.descending)).toBe(true);
    for (const kind of ["load", "store", "atomic", "print"] as const)
      expect(some((op) => op.kind === kind && op.mask !== undefined)).toBe(true);
  });
  test("[K4] load from and store to buffers of every dtype", () => {
    const names = new Set(kernels.flatMap(({ kernel }) => kernel.params.map((param) => param.name)));
    for (const dtype of ["f32", "f16", "i32", "u32", "bool", "i8", "u8", "i4", "u4", "u2"] as const) {
      expect(names).toContain(`in_${dtype}`);
      if (isPacked(dtype) || dtype === "f16") expect(names).toContain(`out_${dtype}`);
    }
  });
  test("[K5] mismatch tells whole numbers apart, and floats beyond the bound; NaN is never right", () => {
    const values = new Float64Array(2);
    const exact = { dtype: "i32", values, compare: "same" } as const;
    const near = { dtype: "f32", values, compare: "near" } as const;
    expect(mismatch(exact, [1, 2], [1, 3])).toBe("element 1 of a buffer of i32 is 2, not 3");
    expect(mismatch(near, [1, 2], [1, 2.00005])).toBeUndefined();
    expect(mismatch(near, [1, 2], [1, 2.0002])).toMatch("element 1");
    expect(mismatch(near, [1, Number.NaN], [1, Number.NaN])).toMatch("element 1");
  });
});
