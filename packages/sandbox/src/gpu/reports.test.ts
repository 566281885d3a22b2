import { portableTarget } from "@tilebook/compiler";
import type { FaultData } from "@tilebook/base";
import { decodeKernelReport } from "@tilebook/notebook";
import { expect, test } from "vitest";
import { Compiler } from "./compiler.ts";
import { RunReports } from "./reports.ts";
import { KernelShelf } from "./shelf.ts";

const type = { dtype: "f32", shape: [8] } as const;
const program = new Compiler(() => portableTarget).compile({
  nodes: [
    { kind: "input", tensor: "a", type },
    { kind: "unary", op: "exp", input: 0, type },
  ],
  kernels: [],
  outputs: [1],
});

/** What the app gets to hear of a run whose program has these remarks. */
function heard(remarks: readonly FaultData[]): readonly FaultData[] {
  const reports = new RunReports("cell");
  reports.add({ ...program, remarks }, 64);
  return reports.all(new KernelShelf()).flatMap((report) => decodeKernelReport(report).remarks);
}

const remark = (start: number, message: string): FaultData => ({
  code: "fusion/shared",
  message,
  span: { source: "cell", start, end: start + 1 },
});

test("[RP1] however many remarks a program has, the app takes its reports", () => {
  const many = Array.from({ length: 1000 }, (_, at) => remark(at, "kept"));
  expect(heard(many)).toEqual(many.slice(0, 100));
});

test("[RP2] what is said of a line in each turn of a loop is said once", () => {
  const turns = Array.from({ length: 300 }, (_, at) => remark(at % 3, at % 2 === 0 ? "kept" : "shared"));
  expect(heard(turns)).toHaveLength(6);
});
