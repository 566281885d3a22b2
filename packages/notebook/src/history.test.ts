import { describe, expect, test } from "vitest";
import { type History, noHistory, redo, remember, type Step, undo } from "./history.ts";
import { Bench } from "./testing/toy.ts";
import type { Op } from "./state.ts";

/** A bench with the history beside it, as the app holds them. */
class Desk {
  readonly bench: Bench;
  history: History = noHistory;

  constructor(bench: Bench) {
    this.bench = bench;
  }

  do(op: Op): this {
    const before = this.bench.notebook;
    this.bench.do(op);
    this.history = remember(this.history, before, op, this.bench.notebook);
    return this;
  }

  undo(): this {
    return this.step(undo(this.history));
  }

  redo(): this {
    return this.step(redo(this.history));
  }

  private step(step: Step | undefined): this {
    if (step === undefined) return this;
    const before = this.bench.notebook;
    this.bench.do(step.op);
    this.history = step.done(before, this.bench.notebook);
    return this;
  }

  get page(): string {
    return this.bench.notebook.cells.map(({ kind, text }) => `${kind}:${text}`).join(" | ");
  }
}

const texts = ["const x = 1", "const y = x", "const z = y"];
const desk = (): Desk => new Desk(Bench.run(texts));

const ops: readonly Op[] = [
  { type: "insert", at: 1, kind: "prose", text: "new" },
  { type: "move", cell: "a", to: 2 },
  { type: "move", cell: "c", to: 0 },
  { type: "attributes", cell: "b", attributes: { hidden: true, rest: [] } },
  { type: "convert", cell: "b", kind: "prose" },
  { type: "delete", cell: "b" },
];

describe("history", () => {
  test("[H1] undo takes back every op that it knows, redo does it again", () => {
    for (const op of ops) {
      const at = desk();
      const before = at.page;
      const after = at.do(op).page;
      expect(at.undo().page).toBe(before);
      expect(at.redo().page).toBe(after);
      expect(at.undo().page).toBe(before);
      expect(at.bench.cell("b").attributes.hidden).toBe(false);
    }
  });

  test("[H2] several steps go back in order, and a new op ends the way forward", () => {
    const at = desk();
    const pages = ops.map((op) => {
      const before = at.page;
      at.do(op);
      return before;
    });
    for (const page of pages.toReversed()) expect(at.undo().page).toBe(page);
    expect(at.undo().page).toBe(pages[0]);
    at.redo().do({ type: "delete", cell: "c" });
    expect(redo(at.history)).toBeUndefined();
  });

  test("[H3] a deleted cell comes back in its place with its outputs", () => {
    const bench = new Bench(texts).do({ type: "trust" });
    const output = { kind: "markdown", text: "shown" } as const;
    bench.do({ type: "output", run: bench.running(), index: 0, output }).finishAll();
    const at = new Desk(bench);
    at.do({ type: "delete", cell: "a" });
    expect(bench.standing).toBe("b blocked, c blocked");
    at.undo();
    expect(bench.cell("a").outputs).toEqual([output]);
    expect(bench.notebook.cells.map(({ id }) => id)).toEqual(["a", "b", "c"]);
  });

  test("[H4] its values are computed again, and its readers are fresh without a run", () => {
    const at = desk();
    at.do({ type: "delete", cell: "a" }).undo();
    expect(at.bench.standing).toBe("a running, b fresh, c fresh");
    expect(at.bench.finishAll().ran()).toBe("a");
    expect(at.bench.standing).toBe("a fresh, b fresh, c fresh");
  });

  test("[H5] edits do not enter it; a text typed after an insert comes back with redo", () => {
    const at = desk();
    at.do({ type: "edit", cell: "a", text: "const x = 2" });
    expect(undo(at.history)).toBeUndefined();
    at.do({ type: "insert", at: 3, kind: "ts", text: "", id: "n" });
    at.do({ type: "edit", cell: "n", text: "const n = 5" });
    at.undo();
    expect(at.page).not.toContain("const n");
    at.redo();
    expect(at.bench.cell("n").text).toBe("const n = 5");
  });

  test("[H6] an op that changed nothing is not remembered", () => {
    const at = desk();
    at.do({ type: "delete", cell: "nobody" }).do({ type: "move", cell: "a", to: 0 });
    expect(undo(at.history)).toBeUndefined();
  });
});
