import type { CellState, KernelReport } from "@tilebook/notebook";
import { describe, expect, test } from "vitest";
import { dearest, kernelsToShow, lookAt } from "./kernel-choice.ts";

function report(name: string, programs: number, milliseconds?: number): KernelReport {
  const time = milliseconds === undefined ? {} : { milliseconds };
  return {
    cell: "c",
    name,
    key: name,
    sources: [],
    dispatches: 1,
    programs,
    counts: {},
    remarks: [],
    launches: [],
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
    expect(kernelsToShow(cells, cells[0])?.cell.id).toBe("x");
    expect(kernelsToShow(cells, cells[2])?.cell.id).toBe("y");
    expect(kernelsToShow([cell("z")], undefined)).toBeUndefined();
  });
  test("[C3] a cell that only defines a kernel shows it, once, wherever it was launched", () => {
    const made = { ...report("mine", 1, 1), sources: ["tilebook/x", "z"] };
    const cells = [cell("x", report("a", 1, 9), made), cell("y", { ...made, cell: "y" }), cell("z")];
    const shown = kernelsToShow(cells, cells[2]);
    expect(shown?.cell.id).toBe("z");
    expect(shown?.kernels.map(({ name }) => name)).toEqual(["mine"]);
  });
  test("[C4] who looks at a kernel goes on with it when another one has become dearer, or when its text has changed", () => {
    const before = [cell("x", report("a", 1, 9), report("b", 1, 1))];
    const first = lookAt(before, "x", undefined);
    expect(first?.report.name).toBe("a");
    const after = [cell("x", report("a", 1, 1), report("b", 1, 9))];
    expect(lookAt(after, "x", first)?.report).toBe(after[0]?.kernels[0]);
    const changed = [cell("x", { ...report("a", 1, 1), key: "a2" }, report("b", 1, 9))];
    expect(lookAt(changed, "x", first)?.report.key).toBe("a2");
    expect(lookAt([cell("x", report("b", 1, 9))], "x", first)?.report.name).toBe("b");
  });
  test("[C5] a run under way changes nothing before it has reported everything, unless another cell is selected", () => {
    const first = lookAt([cell("x", { ...report("a", 1, 9), cell: "x" })], "x", undefined);
    const running = { ...cell("x", report("b", 1, 1)), status: "running" } as CellState;
    const other = cell("y", report("c", 1, 1));
    expect(lookAt([running, other], "x", first)).toBe(first);
    expect(lookAt([running, other], "y", first)?.report.name).toBe("c");
  });
});
