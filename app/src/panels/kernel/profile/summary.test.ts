import type { CellState, KernelReport } from "@tilebook/notebook";
import type { LaunchProfile } from "@tilebook/sandbox";
import { describe, expect, test } from "vitest";
import { chartRows } from "./chart-rows.ts";
import { launchName, launchNames, summaryOf } from "./summary.ts";

const profile: LaunchProfile = {
  kind: "measured",
  kernel: "key",
  name: "product",
  launch: 0,
  samples: [2, 4, 3, 9, 3],
  repeats: 4,
  clock: "gpu",
  fresh: false,
  grid: [2, 2, 1],
  scalars: [64],
  threads: 64,
  work: { flops: 6e6, bytesRead: 8e6, bytesWritten: 1e6, exact: true },
  buffers: { read: 2e6, written: 4e6 },
};

const report: KernelReport = {
  cell: "use",
  name: "product",
  key: "key",
  sources: ["use"],
  dispatches: 2,
  programs: 5,
  counts: {},
  remarks: [],
  launches: [
    { first: 0, times: 1, grid: [2, 2, 1], scalars: [{ name: "n", value: 64 }] },
    { first: 1, times: 1, grid: [1, 1, 1], scalars: [{ name: "n", value: 32 }] },
  ],
};

describe("what a profile says", () => {
  test("[U1] rates are of the median, over the bytes that have to move at least", () => {
    const summary = summaryOf(profile, { gflops: 10, gigabytesPerSecond: 2 });
    // Of the inputs each byte once, of the outputs what the stores name.
    expect(summary).toMatchObject({ time: { median: 3, low: 3, high: 4 }, asked: 9e6, moved: 3e6 });
    expect(summary).toMatchObject({ gflops: 2, gigabytesPerSecond: 1, intensity: 2 });
    // 6 million operations take 0.6 ms, 3 MB take 1.5 ms.
    expect(summary?.share).toEqual({ best: 1.5, limit: "memory", share: 0.5 });
    expect(summaryOf(profile)?.share).toBeUndefined();
  });

  test("[U2] what was not measured, or took no time, says nothing", () => {
    expect(summaryOf({ ...profile, samples: [] })).toBeUndefined();
    expect(summaryOf({ ...profile, samples: [0, 0] })).toBeUndefined();
  });

  test("[U3] a profile belongs to the launches with its kernel, grid and numbers", () => {
    expect(launchNames(report)[0]).toBe(launchName(profile.kernel, profile));
    expect(launchNames(report)[1]).not.toBe(launchNames(report)[0]);
  });

  test("[U4] the chart has the launches of the cells as they are now; with their grids, where one name is not enough", () => {
    const cells = [{ kernels: [report] }, { kernels: [report] }] as unknown as readonly CellState[];
    const small = { ...profile, grid: [1, 1, 1], scalars: [32] };
    const old = { ...profile, scalars: [128] };
    const known = Object.fromEntries([profile, small, old].map((one) => [launchName("key", one), one]));
    expect(chartRows(cells, known, undefined).map(({ name }) => name)).toEqual([
      "product 2 × 2",
      "product 1",
    ]);
    const { [launchName("key", small)]: _, ...less } = known;
    expect(chartRows(cells, less, undefined).map(({ name }) => name)).toEqual(["product"]);
  });
});
