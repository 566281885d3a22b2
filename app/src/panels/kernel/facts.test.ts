import type { KernelReport } from "@tilebook/notebook";
import { describe, expect, test } from "vitest";
import { factsOf } from "./facts.ts";

const report: KernelReport = {
  cell: "c",
  name: "k",
  key: "k1",
  sources: ["c"],
  dispatches: 3,
  programs: 8,
  milliseconds: 2,
  counts: { flops: 128, bytesRead: 256, bytesWritten: 256, workgroupBytes: 2048, barriers: 2, registers: 4 },
  remarks: [],
  launches: [
    { first: 0, times: 2, grid: [2, 1, 1], scalars: [] },
    { first: 2, times: 1, grid: [2, 2, 1], scalars: [] },
  ],
};
const work = [
  { flops: 1_000_000, bytesRead: 3_000_000, bytesWritten: 1_000_000, exact: true },
  { flops: 4_000_000, bytesRead: 6_000_000, bytesWritten: 2_000_000, exact: false },
];

const valuesOf = (facts: ReturnType<typeof factsOf>): Readonly<Record<string, string>> =>
  Object.fromEntries(facts.map(({ label, value }) => [label, value]));

const reached = (milliseconds: number): string | undefined =>
  valuesOf(factsOf({ ...report, milliseconds }, 0, work))["reached"];

describe("the facts about a kernel", () => {
  test("[C1] work is that of one launch, rates are of all launches of the run", () => {
    const facts = factsOf(report, 0, work);
    expect(valuesOf(facts)).toEqual({
      "GPU time": "2 ms",
      // 2 * 1 M + 4 M operations, and 2 * 4 MB + 8 MB, in 2 ms
      reached: "3 GFLOP/s · 8 GB/s",
      operations: "1 M",
      read: "2.9 MB",
      written: "977 kB",
      "operations a byte": "0.25",
      "workgroup memory": "2 kB",
      barriers: "2",
      "registers a thread": "4",
    });
    expect(facts.every(({ about }) => about.length > 0)).toBe(true);
  });

  test("[C4] slow and fast devices have the unit that suits them", () => {
    expect([reached(2000), reached(0.002)]).toEqual(["3 MFLOP/s · 8 MB/s", "3 TFLOP/s · 8 TB/s"]);
  });

  test("[C2] an estimate is called one", () => {
    const operations = factsOf(report, 1, work).find(({ label }) => label === "operations");
    expect(operations?.value).toBe("≈ 4 M");
    expect(operations?.about.join(" ")).toContain("An estimate");
  });

  test("[C3] what is not known yet is not guessed, and no rate is told when a launch was not counted", () => {
    expect(valuesOf(factsOf(report, 0, undefined))).toMatchObject({
      operations: "…",
      read: "…",
      reached: "…",
    });
    expect(valuesOf(factsOf({ ...report, dispatches: 9 }, 0, work))["reached"]).toBeUndefined();
    expect(factsOf({ ...report, dispatches: 0 }, 0, undefined)).toEqual([]);
  });
});
