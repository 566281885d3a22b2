import type { CellState, KernelReport } from "@tilebook/notebook";
import { describe, expect, test } from "vitest";
import { cellOfKernels, dearest } from "./kernel-choice.ts";

function report(name: string, programs: number, milliseconds?: number): KernelReport {
  const time = milliseconds === undefined ? {} : { milliseconds };
  return {
    cell: "c",
    name,
    key: name,
    stages: [],
    dispatches: 1,
    programs,
    counts: {},
    remarks: [],
    ...time,
  };
}

const cell = (id: string, ...kernels: readonly KernelReport[]): CellState =>
  ({ id, kernels }) as unknown as CellState;

describe("kernel choice", () => {
  test("[C1] the kernel with the most GPU time comes first, then the one with the most programs", () => {
    expect(dearest([report("a", 9, 1), report("b", 1, 5), report("c", 99)])?.name).toBe("b");
    expect(dearest([report("a", 9), report("b", 10)])?.name).toBe("b");
    expect(dearest([])).toBeUndefined();
  });
  test("[C2] the selected cell's kernels, or those of the dearest", () => {
    const cells = [cell("x", report("a", 1, 1)), cell("y", report("b", 1, 9)), cell("z")];
    expect(cellOfKernels(cells, cells[0])?.id).toBe("x");
    expect(cellOfKernels(cells, cells[2])?.id).toBe("y");
    expect(cellOfKernels([cell("z")], undefined)).toBeUndefined();
  });
});
