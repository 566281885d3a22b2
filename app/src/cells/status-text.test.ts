import type { CellState, Notebook } from "@tilebook/notebook";
import { describe, expect, test } from "vitest";
import { statusText } from "./status-text.ts";

const cell: CellState = {
  id: "a",
  named: true,
  kind: "ts",
  text: "",
  attributes: { hidden: false, rest: [] },
  status: "never",
  outputs: [],
  kernels: [],
  inputs: {},
  memory: { code: "", names: [], version: 0, wanted: "" },
};

const notebookOf = (cells: readonly CellState[]): Notebook => ({
  title: "",
  cells,
  trusted: true,
  device: "test",
  autoMilliseconds: 250,
  nextRun: 1,
  level: "mixed",
  queue: [],
});

const said = (change: Partial<CellState>, elapsed = 0) =>
  statusText({ ...cell, ...change }, notebookOf([]), elapsed)?.text;

describe("statusText", () => {
  test("[U1] a stale cell names its cause", () => {
    expect(said({ status: "stale", cause: { kind: "upstream", name: "tau", cell: "b" } })).toBe(
      "Stale: tau changed",
    );
    expect(
      said({ status: "stale", cause: { kind: "edited" }, cost: { milliseconds: 1200, bytes: 2 ** 21 } }),
    ).toBe("Stale: edited since it ran · about 1.2 s · 2 MB to run");
  });
  test("[U2] the clock appears after 300 ms", () => {
    expect(said({ status: "running" }, 299)).toBe("Running");
    expect(said({ status: "running" }, 1500)).toBe("Running for 1.5 s");
  });
  test("[U3] a waiting cell says how many run before it", () => {
    const cells = [1, 2, 3].map((run): CellState => ({ ...cell, id: `c${run}`, status: "queued", run }));
    const last = cells[2] ?? cell;
    expect(statusText(last, notebookOf(cells), 0)?.text).toBe("Waiting, 2 before it");
  });
  test("[U4] a fresh cell tells its cost, one that never ran tells nothing", () => {
    expect(said({ status: "fresh", cost: { milliseconds: 3, bytes: 0 } })).toBe("3 ms");
    expect(said({ status: "never" })).toBeUndefined();
  });
});
