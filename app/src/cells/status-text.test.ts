import { type CellState, createNotebooks, type Notebook, parse } from "@tilebook/notebook";
import { describe, expect, test } from "vitest";
import { statusText } from "./status-text.ts";

const nothing = {
  defines: [],
  captured: [],
  uses: [],
  kernels: [],
  usesAwait: false,
  showsResult: false,
  code: "",
  edits: [],
  faults: [],
};
const empty = createNotebooks({ analyze: () => nothing }).open(parse("```ts {#a}\n1\n```\n"));
const cell = empty.cells[0] ?? expect.fail("one cell");

const notebookOf = (cells: readonly CellState[]): Notebook => ({ ...empty, cells });

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
  test("[U5] a cell that waits for one that runs on request names what it waits for, once the notebook is trusted", () => {
    const reading = (id: string, names: readonly string[], uses: readonly string[]): CellState => ({
      ...cell,
      id,
      analysis: { ...nothing, uses: uses.map((name) => ({ name, span: { source: "", start: 0, end: 0 } })) },
      memory: { ...cell.memory, names },
    });
    const lazy = { ...reading("a", ["w"], []), attributes: { ...cell.attributes, run: "lazy" as const } };
    const last = reading("c", [], ["x"]);
    const notebook = { ...notebookOf([lazy, reading("b", ["x"], ["w"]), last]), trusted: true };
    expect(statusText(last, notebook, 0)?.text).toMatch(/^Waits for w, whose cell runs on request/);
    expect(statusText(lazy, notebook, 0)?.text).toBe("Runs on request");
    expect(statusText(last, { ...notebook, trusted: false }, 0)).toBeUndefined();
    const ran = { ...notebook, cells: [{ ...lazy, status: "fresh" as const }, last] };
    expect(statusText(last, ran, 0)).toBeUndefined();
  });
  test("[U4] a fresh cell tells its cost, one that never ran tells nothing", () => {
    expect(said({ status: "fresh", cost: { milliseconds: 3, bytes: 0 } })).toBe("3 ms");
    expect(said({ status: "never" })).toBeUndefined();
    expect(said({ status: "never", cause: { kind: "interrupted" } })).toBe("Stopped before it ended");
  });
});
