import type { KernelReport } from "@tilebook/notebook";
import { expect, test } from "vitest";
import { kernelLabels } from "./kernel-labels.ts";

const kernel = (name: string, grid: readonly number[]): KernelReport => ({
  cell: "c",
  name,
  key: `${name} ${grid.join()}`,
  sources: [],
  dispatches: 1,
  programs: 1,
  counts: {},
  remarks: [],
  launches: [{ first: 0, times: 1, grid, scalars: [] }],
});

test("[L1] kernels of one name are told apart by the grids of their first launches", () => {
  const kernels = [kernel("block", [4, 4, 1]), kernel("add", [8, 1, 1]), kernel("block", [16, 16, 1])];
  expect(kernelLabels(kernels)).toEqual(["block 4 × 4", "add", "block 16 × 16"]);
  expect(kernelLabels([{ ...kernel("a", [1, 1, 1]), launches: [] }, kernel("a", [2, 1, 3])])).toEqual([
    "a",
    "a 2 × 1 × 3",
  ]);
});
