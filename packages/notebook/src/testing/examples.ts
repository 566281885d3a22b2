import type { KernelReport, Output } from "../output.ts";
import type { Op } from "../state.ts";
import type { Bench } from "./toy.ts";

/** Three cells, each of which reads the one before. */
export const chain: readonly string[] = ["const x = 1", "const y = x", "const z = y"];

export function says(text: string): Output {
  return { kind: "markdown", text };
}

/** Of a kernel that ran in cell a. */
export function reportOf(key: string): KernelReport {
  return {
    cell: "a",
    name: key,
    key,
    sources: [],
    dispatches: 1,
    programs: 1,
    counts: {},
    remarks: [],
    launches: [],
  };
}

/** The control tau of a cell is moved. */
export function move(cell: string, value: number): Op {
  return { type: "input", cell, name: "tau", value };
}

/** What tau was, each time the cell ran. */
export function inputsOf(bench: Bench, cell: string): readonly unknown[] {
  return bench.effects.flatMap((effect) =>
    effect.type === "evaluate" && effect.cell === cell ? [effect.inputs["tau"]] : [],
  );
}
