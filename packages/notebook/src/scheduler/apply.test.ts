import { describe, expect, test } from "vitest";
import type { KernelReport, Output } from "../output.ts";
import type { Op } from "../state.ts";
import { Bench } from "../testing/toy.ts";

const chain = ["const x = 1", "const y = x", "const z = y"];
const says = (text: string): Output => ({ kind: "markdown", text });

const reportOf = (key: string): KernelReport => ({
  cell: "a",
  name: key,
  key,
  sources: [],
  dispatches: 1,
  programs: 1,
  counts: {},
  remarks: [],
  launches: [],
});

const move = (cell: string, value: number): Op => ({ type: "input", cell, name: "tau", value });

const inputsOf = (bench: Bench, cell: string): readonly unknown[] =>
  bench.effects.flatMap((effect) =>
    effect.type === "evaluate" && effect.cell === cell ? [effect.inputs["tau"]] : [],
  );

describe("trust", () => {
  test("[T1] nothing runs before trust, whatever is asked", () => {
    const bench = new Bench(chain);
    bench.do({ type: "run", cell: "a" }, { type: "runAll" }, { type: "runStale" });
    bench
      .edit("a", "const x = 2")
      .do({ type: "input", cell: "a", name: "n", value: 1 }, { type: "lost", cells: ["a"] });
    expect(bench.ran()).toBe("");
    expect(bench.standing).toBe("a never, b never, c never");
  });
  test("[T2] trust runs all cells but the lazy ones", () => {
    const bench = new Bench(["const x = await 1", "{run=lazy} const y = x", "const z = kernel"]);
    bench.do({ type: "trust" }).finishAll();
    expect(bench.ran()).toBe("a c");
    expect(bench.standing).toBe("a fresh, b never, c fresh");
  });
  test("[T3] front matter `run: lazy` makes all cells wait, but those with run=auto", () => {
    const bench = new Bench(["const x = 1", "{run=auto} const y = 1"], "---\nrun: lazy\n---\n");
    expect(bench.do({ type: "trust" }).finishAll().ran()).toBe("b");
  });
  test("[T4] trust given twice runs nothing twice", () => {
    const bench = new Bench(chain).do({ type: "trust" }, { type: "trust" }).finishAll();
    expect(bench.do({ type: "trust" }).ran()).toBe("a b c");
  });
});

describe("order", () => {
  test("[O1] readers run after what they read, ties in document order, one at a time", () => {
    const bench = new Bench(["const a1 = c1", "const b1 = 1", "const c1 = 2", "const d1 = 3"]);
    bench.do({ type: "trust" });
    expect(bench.standing).toBe("a queued, b running, c queued, d queued");
    bench.finishAll();
    expect(bench.ran()).toBe("b c a d");
  });
  test("[O2] the order on the page never changes a result: moving runs nothing", () => {
    const bench = Bench.run(chain);
    bench.do({ type: "move", cell: "a", to: 2 }, { type: "move", cell: "c", to: 0 });
    expect(bench.ran()).toBe("");
    expect(bench.standing).toBe("c fresh, b fresh, a fresh");
  });
  test("[O3] an effect says which cell each name comes from", () => {
    const bench = Bench.run(chain).edit("b", "const y = x // again").edit("b", "const y = x + 1");
    expect(bench.effects).toContainEqual(
      expect.objectContaining({ type: "evaluate", cell: "b", kind: "ts", from: { x: "a" } }),
    );
  });
});

describe("staleness", () => {
  test("[S1] an edit runs the cell and its readers, and no others", () => {
    const bench = Bench.run([...chain, "const other = 1"]);
    expect(bench.edit("a", "const x = 2").finishAll().ran()).toBe("a b c");
  });
  test("[S2] comments, white space and erased text run nothing", () => {
    const bench = Bench.run(chain);
    bench.edit("a", "// why\nconst   x =\n  1 // because");
    expect(bench.ran()).toBe("");
    expect(bench.standing).toBe("a fresh, b fresh, c fresh");
  });
  test("[S3] undo of an edit restores fresh and runs nothing, for what did not run meanwhile", () => {
    const bench = Bench.run(chain, 1000);
    bench.edit("a", "const x = 2");
    expect(bench.standing).toBe("a stale, b stale, c stale");
    bench.edit("a", "const x = 1");
    expect(bench.standing).toBe("a fresh, b fresh, c fresh");
    expect(bench.ran()).toBe("");
  });
  test("[S4] renaming a name and back runs nothing", () => {
    const bench = Bench.run(chain, 1000);
    bench.edit("a", "const w = 1");
    expect(bench.standing).toBe("a stale, b blocked, c blocked");
    bench.edit("a", "const x = 1");
    expect(bench.standing).toBe("a fresh, b fresh, c fresh");
    expect(bench.ran()).toBe("");
  });
  test("[S5] the cause names what changed", () => {
    const bench = Bench.run(chain, 1000).edit("a", "const x = 2");
    expect(bench.cell("a").cause).toEqual({ kind: "edited" });
    expect(bench.cell("b").cause).toEqual({ kind: "upstream", name: "x", cell: "a" });
    expect(bench.cell("c").cause).toEqual({ kind: "upstream", name: "y", cell: "b" });
    bench.do({ type: "input", cell: "b", name: "tau", value: 3 });
    expect(bench.cell("b").cause).toBeUndefined();
    expect(Bench.run(chain, 1000).do({ type: "device", device: "d2" }).cell("a").cause).toEqual({
      kind: "device",
    });
    expect(
      Bench.run(chain, 1000)
        .do({ type: "lost", cells: ["b"] })
        .cell("b").cause,
    ).toEqual({ kind: "restarted" });
  });
  test("[S6] a cell is fresh again when its input got back the stamp it had, though that cell ran", () => {
    const bench = Bench.run(["const x = 1", "const y = x", "{run=lazy} const z = x"])
      .do({ type: "run", cell: "c" })
      .finishAll();
    bench.effects = [];
    bench.edit("a", "const x = 2").finishAll();
    expect(bench.standing).toBe("a fresh, b fresh, c stale");
    bench.edit("a", "const x = 1").finishAll();
    expect(bench.standing).toBe("a fresh, b fresh, c fresh");
    expect(bench.ran()).not.toContain("c");
  });
  test("[S7] another device makes everything stale, the first one again makes it fresh", () => {
    const bench = Bench.run(chain, 1000).do({ type: "device", device: "d2" });
    expect(bench.standing).toBe("a stale, b stale, c stale");
    expect(bench.do({ type: "device", device: "d1" }).standing).toBe("a fresh, b fresh, c fresh");
  });
  test("[S8] cells whose standing does not change stay the same objects", () => {
    const bench = Bench.run([...chain, "const other = 1"], 1000);
    const before = bench.cell("d");
    bench.edit("a", "const x = 2").do({ type: "move", cell: "b", to: 0 });
    expect(bench.cell("d")).toBe(before);
  });
  test("[S9] prose edits only save", () => {
    const bench = Bench.run(chain).do({ type: "insert", at: 0, kind: "prose", text: "hi" });
    const id = bench.notebook.cells[0]?.id ?? "";
    bench.effects = [];
    bench.edit(id, "ho\r\nhum");
    expect(bench.effects).toEqual([{ type: "save" }]);
    expect(bench.cell(id).text).toBe("ho\nhum");
  });
});

describe("what runs by itself", () => {
  test("[A1] cheap cells do; dear ones wait, and so do the readers of those", () => {
    const bench = Bench.run(["const x = 1", "const y = x", "const z = y"]);
    bench.edit("a", "const x = 2").finish().finish(251).finish();
    bench.edit("a", "const x = 3").finishAll();
    expect(bench.standing).toBe("a fresh, b stale, c stale");
    expect(bench.ran()).toBe("a b c a");
  });
  test("[A2] run=auto runs whatever it costs, run=lazy never by itself", () => {
    const bench = Bench.run(["const x = 1", "{run=auto} const y = x", "{run=lazy} const z = x"], 9999);
    bench.edit("a", "const x = 2").do({ type: "run", cell: "a" }).finishAll(9999);
    expect(bench.ran()).toBe("a b");
    expect(bench.standing).toBe("a fresh, b fresh, c stale");
  });
  test("[A3] what never ran counts as cheap without kernels and await", () => {
    const bench = Bench.run(chain);
    bench.do({ type: "insert", at: 3, kind: "ts", text: "const p = x", id: "p" });
    bench.do({ type: "insert", at: 4, kind: "ts", text: "const q = await x", id: "q" });
    bench.do({ type: "insert", at: 5, kind: "ts", text: "const r = kernel", id: "r" });
    expect(bench.finishAll().ran()).toBe("p");
    expect(bench.standing).toBe("a fresh, b fresh, c fresh, p fresh, q never, r never");
  });
  test("[A4] a first run with kernels may cost more, since it compiles; the second may not", () => {
    const bench = new Bench(["const x = 1", "const y = kernel + x"]).do({ type: "trust" }).finish();
    const report = { ...reportOf("k"), cell: "b" };
    bench.do({ type: "kernel", run: bench.running(), report }).finish(900);
    bench.edit("a", "const x = 2").finish();
    expect(bench.status("b")).toBe("running");
    bench.do({ type: "kernel", run: bench.running(), report }).finish(900);
    bench.edit("a", "const x = 3").finish();
    expect(bench.status("b")).toBe("stale");
  });
  test("[A5] a control that is moved runs its cell whatever it costs, and its cheap readers", () => {
    const bench = Bench.run(["const tau = 1", "const y = tau", "{run=lazy} const z = tau"]);
    bench.do({ type: "run", cell: "a" }).finish(5000).finishAll();
    bench.effects = [];
    bench.do({ type: "input", cell: "a", name: "tau", value: 2 }).finish(5000).finishAll();
    expect(bench.ran()).toBe("a b");
    expect(bench.cell("a").inputs).toEqual({ tau: 2 });
  });
  test("[A6] a control that is moved while its cell runs makes it run once more, with the last value", () => {
    const bench = Bench.run(["const tau = 1", "const y = tau"]);
    for (const value of [2, 3, 4]) bench.do({ type: "input", cell: "a", name: "tau", value });
    bench.finishAll();
    const runs = bench.effects.flatMap((effect) =>
      effect.type === "evaluate" ? [[effect.cell, effect.inputs]] : [],
    );
    expect(runs).toEqual([
      ["a", { tau: 2 }],
      ["a", { tau: 4 }],
      ["b", {}],
    ]);
    expect(bench.standing).toBe("a fresh, b fresh");
  });
  test("[A7] hostile control names are names like others", () => {
    const bench = Bench.run(["const x = 1"]).do({ type: "input", cell: "a", name: "__proto__", value: 7 });
    expect(Object.keys(bench.cell("a").inputs)).toEqual(["__proto__"]);
    expect(bench.finishAll().standing).toBe("a fresh");
  });
  test("[A8] a failed cell does not run again before something about it changes", () => {
    const bench = Bench.run(chain).edit("b", "const y = x + 2").fail();
    expect(bench.standing).toBe("a fresh, b failed, c blocked");
    bench.do({ type: "move", cell: "c", to: 0 }).edit("b", "const y = x + 2 // same");
    expect(bench.ran()).toBe("b");
    bench.edit("b", "const y = x + 3").finishAll();
    expect(bench.standing).toBe("c fresh, a fresh, b fresh");
  });
});

describe("names", () => {
  test("[N1] a name defined twice blocks both cells and their readers, at the place of the name", () => {
    const bench = Bench.run(["const x = 1", "const y = x", "const w = 1"]).edit(
      "c",
      "const w = 1\nconst x = 2",
    );
    expect(bench.standing).toBe("a blocked, b blocked, c blocked");
    expect(bench.cell("c").fault).toMatchObject({
      code: "name/duplicate",
      message: 'x is also defined in cell "a"',
      span: { source: "c", start: 18, end: 19 },
    });
    expect(bench.cell("a").fault).toMatchObject({
      code: "name/duplicate",
      message: 'x is also defined in cell "c"',
    });
    expect(bench.cell("b").fault).toMatchObject({ code: "name/upstream", cause: { code: "name/duplicate" } });
  });
  test("[N2] when one of them goes, the other is fresh as it was", () => {
    const bench = Bench.run(chain, 1000);
    bench.do({ type: "insert", at: 0, kind: "ts", text: "const x = 5", id: "n" });
    expect(bench.standing).toBe("n blocked, a blocked, b blocked, c blocked");
    bench.do({ type: "delete", cell: "n" });
    expect(bench.standing).toBe("a fresh, b fresh, c fresh");
    expect(bench.ran()).toBe("");
  });
  test("[N3] a circle blocks its cells with the way around, and what reads from it", () => {
    const bench = Bench.run([
      "const x = z",
      "const y = x",
      "const z = y",
      "const after = z",
      "const free = 1",
    ]);
    expect(bench.standing).toBe("a blocked, b blocked, c blocked, d blocked, e fresh");
    expect(bench.cell("a").fault).toMatchObject({
      code: "name/cycle",
      message: "this cell waits for itself: x needs z needs y needs x",
      span: { source: "a", start: 10, end: 11 },
    });
    expect(bench.cell("d").fault).toMatchObject({ code: "name/upstream", cause: { code: "name/cycle" } });
  });
  test("[N4] what stands behind a circle is blocked in whatever order it is written", () => {
    const bench = Bench.run(["const d = c", "const c = a", "const a = b", "const b = a"]);
    expect(bench.standing).toBe("a blocked, b blocked, c blocked, d blocked");
  });
  test.each([
    ["exq", /exp, of the tile language/],
    ["program_id", /programId, of the tile language/],
    ["document", /cells have no page/],
    ["fetch", /cells have no network/],
    ["tl", /stand alone/],
    ["indexedDB", /cells have no storage/],
  ])("[N5b] %s has a hint that fits", (name, hint) => {
    expect(Bench.run([`const y = ${name}`]).cell("a").fault?.hint).toMatch(hint);
  });
  test("[N5] a missing name is faulted at its use, with the nearest name", () => {
    const bench = Bench.run(["const learningRate = 1", "const y = learningrate + 1"]);
    expect(bench.cell("b").fault).toMatchObject({
      code: "name/missing",
      message: "learningrate is not defined in this notebook",
      span: { source: "b", start: 10, end: 22 },
      hint: 'did you mean learningRate, from cell "a"?',
    });
    expect(Bench.run(["const q = wholly"]).cell("a").fault?.hint).toBe(
      "define it in a cell, for example: const wholly = 1",
    );
  });
  test("[N6] a syntax error fails the cell; its readers wait for it instead of missing its names", () => {
    const bench = Bench.run(chain, 1000).edit("a", "const x = @");
    expect(bench.standing).toBe("a failed, b blocked, c blocked");
    expect(bench.cell("a").fault).toMatchObject({ code: "syntax/toy", span: { start: 10 } });
    expect(bench.cell("b").fault).toMatchObject({ code: "name/upstream", cause: { code: "syntax/toy" } });
    expect(bench.edit("a", "const x = 1").standing).toBe("a fresh, b fresh, c fresh");
    expect(bench.ran()).toBe("");
  });
  test("[N7] a name that a broken cell may define says so", () => {
    const bench = Bench.run(["const x = @", "const y = x"]);
    expect(bench.cell("b").fault?.hint).toBe('cell "a" has a syntax error and may define it');
  });
  test("[N8] a failure reaches all that waits for it, with the first cause", () => {
    const bench = Bench.run(chain).edit("a", "const x = 2").fail("boom");
    expect(bench.standing).toBe("a failed, b blocked, c blocked");
    expect(bench.cell("c").fault).toMatchObject({
      code: "name/upstream",
      message: 'waiting for y: cell "b" is waiting too',
      span: { source: "c", start: 10, end: 11 },
      cause: { code: "runtime/error", message: "boom" },
    });
    expect(bench.ran()).toBe("a");
  });
  test("[N9] a cell without an id is named by its place", () => {
    const bench = Bench.run(["const x = 1"]);
    bench.do(
      { type: "insert", at: 0, kind: "prose", text: "p" },
      { type: "insert", at: 1, kind: "ts", text: "const x = 2" },
    );
    expect(bench.cell("a").fault?.message).toBe("x is also defined in cell 2");
  });
  test("[N10] the place of a failed run's fault moves with edits that change nothing", () => {
    const bench = new Bench(["const x = y1", "const y1 = 1"]).do({ type: "trust" }).finish();
    const span = { source: "a", start: 10, end: 12 };
    bench.do({ type: "failed", run: bench.running(), fault: { code: "runtime/error", message: "m", span } });
    expect(bench.edit("a", "// note\nconst x = y1").cell("a").fault?.span).toEqual({
      source: "a",
      start: 18,
      end: 20,
    });
    expect(bench.edit("a", "const x = y1 // end").cell("a").fault?.span).toEqual(span);
  });
});

describe("requests", () => {
  test("[R1] run takes the stale ancestors along, in order, and nothing else", () => {
    const bench = Bench.run([
      "{run=lazy} const x = 1",
      "{run=lazy} const y = x",
      "{run=lazy} const z = y",
      "{run=lazy} const o = 1",
    ]);
    bench.edit("a", "const x = 2").edit("d", "const o = 2").do({ type: "run", cell: "c" }).finishAll();
    expect(bench.ran()).toBe("a b c");
    expect(bench.standing).toBe("a fresh, b fresh, c fresh, d stale");
  });
  test("[R2] running a fresh cell runs it again, and its readers are out of date", () => {
    const bench = Bench.run(["const x = 1", "const y = x", "{run=lazy} const z = x"]);
    bench.do({ type: "run", cell: "c" }).finishAll();
    bench.effects = [];
    bench.do({ type: "run", cell: "a" }).finishAll();
    expect(bench.ran()).toBe("a b");
    expect(bench.standing).toBe("a fresh, b fresh, c stale");
  });
  test("[R3] a fresh ancestor is not run again", () => {
    const bench = Bench.run(chain).do({ type: "run", cell: "c" }).finishAll();
    expect(bench.ran()).toBe("c");
  });
  test("[R4] runAll runs everything once, lazy cells too", () => {
    const bench = Bench.run(["const x = 1", "{run=lazy} const y = x"]).do({ type: "runAll" }).finishAll();
    expect(bench.ran()).toBe("a b");
    expect(bench.standing).toBe("a fresh, b fresh");
  });
  test("[R5] runStale runs what is not fresh; pressing it twice runs nothing twice", () => {
    const bench = Bench.run(chain, 1000).edit("b", "const y = x + 1");
    bench.do({ type: "runStale" }, { type: "runStale" }).finishAll();
    expect(bench.ran()).toBe("b c");
    expect(bench.standing).toBe("a fresh, b fresh, c fresh");
  });
  test("[R6] run on a blocked cell tries its failed ancestor again", () => {
    const bench = Bench.run(chain).edit("a", "const x = 2").fail();
    bench.do({ type: "run", cell: "c" }).finishAll();
    expect(bench.ran()).toBe("a a b c");
    expect(bench.standing).toBe("a fresh, b fresh, c fresh");
  });
  test("[R7] run on a cell that cannot run does nothing", () => {
    const bench = Bench.run(["const x = nothing", "const y = @", "const p = y"]);
    bench.do(
      { type: "run", cell: "a" },
      { type: "run", cell: "b" },
      { type: "run", cell: "c" },
      { type: "run", cell: "nobody" },
    );
    expect(bench.ran()).toBe("");
    expect(bench.standing).toBe("a blocked, b failed, c blocked");
  });
  test("[R8] run while it runs does nothing; after an edit it waits for one more", () => {
    const bench = Bench.run(["const x = 1"], 1000).do({ type: "run", cell: "a" }, { type: "run", cell: "a" });
    expect(bench.notebook.queue).toEqual([]);
    bench.edit("a", "const x = 2").do({ type: "run", cell: "a" });
    expect(bench.finishAll().ran()).toBe("a a");
    expect(bench.standing).toBe("a fresh");
  });
});

describe("the queue", () => {
  test("[Q1] a run asked for keeps its text; an edit while it waits makes the cell stale after it", () => {
    const bench = Bench.run(["const x = 1", "const y = 1"], 1000);
    bench.do({ type: "runAll" }).edit("b", "const y = 2");
    expect(bench.standing).toBe("a running, b queued");
    bench.finish(1000);
    expect(bench.effects.at(-1)).toMatchObject({ type: "evaluate", cell: "b", text: "const y = 1" });
    bench.finish(1000);
    expect(bench.standing).toBe("a fresh, b stale");
    expect(bench.cell("b").cause).toEqual({ kind: "edited" });
  });
  test("[Q2] a run that came by itself takes the newest text, and goes when there is no need any more", () => {
    const bench = Bench.run(["const x = 1", "const y = 1"]).edit("a", "const x = 2").edit("b", "const y = 2");
    bench.edit("b", "const y = 3").finish();
    expect(bench.effects.at(-1)).toMatchObject({ type: "evaluate", cell: "b", text: "const y = 3" });
    const back = Bench.run(["const x = 1", "const y = 1"])
      .edit("a", "const x = 2")
      .edit("b", "const y = 2")
      .edit("b", "const y = 1");
    expect(back.finishAll().ran()).toBe("a");
    expect(back.standing).toBe("a fresh, b fresh");
  });
  test("[Q3] an edit during the run makes the cell stale after it, and it runs again when cheap", () => {
    const bench = Bench.run(chain).edit("a", "const x = 2").edit("a", "const x = 3");
    expect(bench.standing).toBe("a running, b queued, c queued");
    expect(bench.finishAll().ran()).toBe("a a b c");
    expect(bench.standing).toBe("a fresh, b fresh, c fresh");
  });
  test("[Q4] an ancestor that is edited while its reader waits runs before it", () => {
    const bench = Bench.run(["const slow = 1", "const x = 1", "const y = x"]);
    bench.do({ type: "run", cell: "a" }, { type: "run", cell: "c" }).edit("b", "const x = 2");
    expect(bench.finishAll().ran()).toBe("a b c");
    expect(bench.standing).toBe("a fresh, b fresh, c fresh");
  });
  test("[Q5] readers of a cell that fails leave the queue", () => {
    const bench = new Bench(chain).do({ type: "trust" }).fail();
    expect(bench.notebook.queue).toEqual([]);
    expect(bench.standing).toBe("a failed, b blocked, c blocked");
  });
  test("[Q10] a reader does not run on the old value of a cell whose text broke while both waited", () => {
    const bench = Bench.run(["const slow = 1", "const x = 1", "const y = x"]).do({ type: "run", cell: "a" });
    bench.edit("b", "const x = 2").edit("b", "const x = @").finishAll();
    expect(bench.ran()).toBe("a");
    expect(bench.standing).toBe("a fresh, b failed, c blocked");
  });
  test("[Q11] a waiting run whose input was renamed is dropped, and says what is missing", () => {
    const bench = Bench.run(["const slow = 1", "{run=lazy} const input = 1", "const y = input"], 1000);
    bench
      .do({ type: "run", cell: "a" }, { type: "run", cell: "c" })
      .edit("b", "const renamed = 1")
      .finishAll();
    expect(bench.ran()).toBe("a");
    expect(bench.cell("c").fault?.code).toBe("name/missing");
  });
  test("[Q6] news of old runs is ignored", () => {
    const bench = Bench.run(chain).edit("a", "const x = 2");
    const old = bench.running() - 1;
    const before = bench.notebook;
    const cost = { milliseconds: 9, bytes: 9 };
    bench.do(
      { type: "finished", run: old, cost },
      { type: "failed", run: old, fault: { code: "a/b", message: "m" } },
    );
    bench.do({ type: "interrupted", run: old }, { type: "output", run: 9999, index: 0, output: says("old") });
    bench.do({ type: "started", run: old }, { type: "finished", run: 9999, cost });
    expect(bench.notebook).toBe(before);
  });
  test("[Q7] what was asked first goes first, unless it needs what was asked later", () => {
    const bench = Bench.run(["const p = 1", "const q = 1", "const r = 1"], 1000);
    bench
      .do({ type: "run", cell: "c" }, { type: "run", cell: "b" }, { type: "run", cell: "a" })
      .finishAll(1000);
    expect(bench.ran()).toBe("c b a");
  });
  test("[Q8] deleting or converting a cell takes it out of the queue and stops its run", () => {
    const bench = Bench.run(["const x = 1", "const y = 2", "const w = 3"], 1000).do({ type: "runAll" });
    const run = bench.running();
    bench.do(
      { type: "delete", cell: "b" },
      { type: "convert", cell: "c", kind: "prose" },
      { type: "delete", cell: "a" },
    );
    expect(bench.notebook.queue).toEqual([]);
    expect(bench.effects).toContainEqual({ type: "interrupt", run });
    for (const cell of ["a", "b", "c"]) expect(bench.effects).toContainEqual({ type: "forget", cell });
    bench.effects = [];
    bench.do({ type: "finished", run, cost: { milliseconds: 1, bytes: 0 } });
    expect(bench.effects).toEqual([{ type: "forget", cell: "a" }]);
    expect(bench.notebook.running).toBeUndefined();
  });
  test("[Q9] a cell that takes over a name makes the cell that still held it give up its values", () => {
    const bench = Bench.run(["const x = 1", "{run=lazy} const y = 1", "const w = y"]);
    bench.do({ type: "run", cell: "b" }).finishAll().edit("b", "const z = 1");
    bench.effects = [];
    bench.do({ type: "insert", at: 0, kind: "ts", text: "const y = 2", id: "n" }).finishAll();
    expect(bench.effects.filter((effect) => effect.type === "forget")).toEqual([
      { type: "forget", cell: "b" },
    ]);
    expect(bench.standing).toBe("n fresh, a fresh, b stale, c fresh");
    bench.edit("b", "const y = 1").do({ type: "delete", cell: "n" });
    expect(bench.status("b")).toBe("stale");
    expect(bench.cell("b").cause).toEqual({ kind: "restarted" });
  });
});

describe("a control that is moved", () => {
  test("[M1] goes before everything that waits, but not before what its cell reads", () => {
    const bench = Bench.run(["const slow = 1", "const other = 1", "const x = 1", "const tau = x"]);
    bench.edit("a", "const slow = 2").edit("b", "const other = 2").edit("c", "const x = 2");
    bench.do(move("d", 4)).finishAll();
    expect(bench.ran()).toBe("a c d b");
    expect(bench.standing).toBe("a fresh, b fresh, c fresh, d fresh");
  });
  test("[M2] while the cascade of an older value runs, it goes right after the run under way", () => {
    const bench = Bench.run(["const tau = 1", "const y = tau", "const z = y", "const w = z"]);
    bench.do(move("a", 8)).finish();
    expect(bench.standing).toBe("a fresh, b running, c queued, d queued");
    bench.do(move("a", 4)).finish();
    expect(bench.standing).toBe("a running, b queued, c queued, d queued");
    expect(inputsOf(bench, "a")).toEqual([8, 4]);
    expect(bench.finishAll().ran()).toBe("a b a b c d");
    expect(bench.standing).toBe("a fresh, b fresh, c fresh, d fresh");
  });
  test("[M3] what waits downstream does not run on the superseded value of a dear cell", () => {
    const bench = Bench.run(["const tau = 1", "const y = tau", "const z = y"]);
    bench.do(move("a", 8)).finish().do(move("a", 4)).finish(1000);
    expect(bench.standing).toBe("a running, b queued, c queued");
    const dear = Bench.run(["const tau = 1", "const y = tau", "const z = y"]);
    dear.do({ type: "run", cell: "b" }).finish(1000).finishAll();
    dear.do({ type: "run", cell: "b" }).do(move("a", 4));
    expect(dear.standing).toBe("a queued, b running, c stale");
    dear.effects = [];
    expect(dear.finish(1000).finishAll().ran()).toBe("a");
    expect(dear.standing).toBe("a fresh, b stale, c stale");
  });
  test("[M4] the run under way is not interrupted", () => {
    const bench = Bench.run(["const tau = 1", "const y = tau"]);
    bench.do(move("a", 8)).finish().do(move("a", 4));
    expect(bench.effects.map(({ type }) => type)).not.toContain("interrupt");
    expect(bench.standing).toBe("a queued, b running");
  });
  test("[M5] what a person asked for downstream still runs, once, with the last value", () => {
    const bench = Bench.run(["const slow = 1", "const tau = 1", "const y = tau"], 1000);
    bench.do({ type: "runAll" }, move("b", 8), move("b", 4)).finishAll(1000);
    expect(inputsOf(bench, "b")).toEqual([4]);
    expect(bench.ran()).toBe("a b c");
    expect(bench.standing).toBe("a fresh, b fresh, c fresh");
  });
  test("[M6] a control downstream that was moved before keeps its run, whatever it costs", () => {
    const bench = Bench.run(["const slow = 1", "const tau = 1", "const y = tau"], 1000);
    bench.do({ type: "run", cell: "a" }, move("c", 2), move("b", 4)).finishAll(1000);
    expect(bench.ran()).toBe("a b c");
    expect(bench.standing).toBe("a fresh, b fresh, c fresh");
  });
  test("[M7] moved back to where it was, its cell is fresh and nothing runs for it", () => {
    const bench = Bench.run(["const slow = 1", "const tau = 1", "const y = tau"]);
    bench.do(move("b", 4)).finishAll();
    bench.do({ type: "run", cell: "a" }, move("b", 8), move("b", 4));
    bench.effects = [];
    expect(bench.finishAll().ran()).toBe("");
    expect(bench.standing).toBe("a fresh, b fresh, c fresh");
  });
});

describe("outputs", () => {
  test("[U1] old outputs stay until new ones come, place by place; the rest goes when the run ends", () => {
    const bench = Bench.run(["const x = 1"]).edit("a", "const x = 2");
    for (const [index, text] of ["one", "two", "three"].entries())
      bench.do({ type: "output", run: bench.running(), index, output: says(text) });
    bench.finish().edit("a", "const x = 3");
    expect(bench.cell("a").outputs).toEqual([says("one"), says("two"), says("three")]);
    bench.do({ type: "output", run: bench.running(), index: 0, output: says("new") });
    expect(bench.cell("a").outputs).toEqual([says("new"), says("two"), says("three")]);
    bench.finish();
    expect(bench.cell("a").outputs).toEqual([says("new")]);
  });
  test("[U2] an output may be replaced in its place", () => {
    const bench = Bench.run(["const x = 1"]).edit("a", "const x = 2");
    for (const text of ["10 %", "90 %"])
      bench.do({ type: "output", run: bench.running(), index: 0, output: says(text) });
    expect(bench.finish().cell("a").outputs).toEqual([says("90 %")]);
  });
  test("[U3] a failed run keeps what it showed itself", () => {
    const bench = Bench.run(["const x = 1"]).edit("a", "const x = 2");
    bench.do({ type: "output", run: bench.running(), index: 0, output: says("before") }).finish();
    bench.edit("a", "const x = 3").fail();
    expect(bench.cell("a").outputs).toEqual([]);
  });
  test("[U4] outputs stay through staleness, an interrupt and a failed ancestor", () => {
    const bench = Bench.run(chain).edit("c", "const z = y + 1");
    bench.do({ type: "output", run: bench.running(), index: 0, output: says("z") }).finish();
    bench.edit("a", "const x = 2").fail();
    expect(bench.status("c")).toBe("blocked");
    expect(bench.cell("c").outputs).toEqual([says("z")]);
    bench
      .edit("c", "const z = 5")
      .do({ type: "interrupt" })
      .do({ type: "interrupted", run: bench.running() });
    expect(bench.cell("c").outputs).toEqual([says("z")]);
  });
  test("[U5] kernel reports of a run replace those of the last one", () => {
    const bench = Bench.run(["const x = kernel"], 1).edit("a", "const x = kernel + 1");
    for (const key of ["k", "l", "k"])
      bench.do({ type: "kernel", run: bench.running(), report: reportOf(key) });
    expect(
      bench
        .finish()
        .cell("a")
        .kernels.map(({ key }) => key),
    ).toEqual(["l", "k"]);
    bench
      .edit("a", "const x = kernel + 2")
      .do({ type: "kernel", run: bench.running(), report: reportOf("m") })
      .finish();
    expect(bench.cell("a").kernels.map(({ key }) => key)).toEqual(["m"]);
    expect(bench.edit("a", "const x = 2").finish().cell("a").kernels).toEqual([]);
  });
  test("[U6] the number of outputs is bounded", () => {
    const bench = Bench.run(["const x = 1"]).edit("a", "const x = 2");
    for (let index = 0; index < 600; index++)
      bench.do({ type: "output", run: bench.running(), index, output: says("x") });
    expect(bench.cell("a").outputs.length).toBe(500);
  });
});

describe("interrupts and losses", () => {
  test("[I1] an interrupt empties the queue, stops the run, and nothing starts by itself after it", () => {
    const bench = Bench.run(chain).edit("a", "const x = 2");
    const run = bench.running();
    bench.effects = [];
    bench.do({ type: "interrupt" }, { type: "interrupt" });
    expect(bench.effects).toEqual([{ type: "interrupt", run }]);
    bench.do({ type: "interrupted", run });
    expect(bench.standing).toBe("a stale, b stale, c stale");
    expect(bench.cell("a").cause).toEqual({ kind: "interrupted" });
    expect(bench.cell("b").cause).toEqual({ kind: "interrupted" });
    expect(bench.ran()).toBe("");
  });
  test("[I2] a cell that was stopped runs again when it is edited, and its readers with it", () => {
    const bench = Bench.run(chain).edit("a", "const x = 2").do({ type: "interrupt" });
    bench.do({ type: "interrupted", run: bench.running() });
    bench.effects = [];
    expect(bench.edit("a", "const x = 3").finishAll().ran()).toBe("a b c");
  });
  test("[I3] or on request, and its readers follow then too", () => {
    const bench = Bench.run(chain).edit("a", "const x = 2").do({ type: "interrupt" });
    bench.do({ type: "interrupted", run: bench.running() });
    bench.effects = [];
    expect(bench.do({ type: "run", cell: "a" }).finishAll().ran()).toBe("a b c");
    expect(bench.standing).toBe("a fresh, b fresh, c fresh");
  });
  test("[I4] a run that ends well though it was interrupted counts", () => {
    const bench = Bench.run(["const x = 1"]).edit("a", "const x = 2").do({ type: "interrupt" }).finish();
    expect(bench.standing).toBe("a fresh");
  });
  test("[I5] values of the run before an interrupted one still serve", () => {
    const bench = Bench.run(["const x = 1", "{run=lazy} const y = x"], 1000).edit("a", "const x = 2");
    bench
      .do({ type: "run", cell: "a" }, { type: "interrupt" })
      .do({ type: "interrupted", run: bench.running() });
    bench.edit("a", "const x = 1");
    expect(bench.status("a")).toBe("fresh");
    expect(bench.do({ type: "run", cell: "b" }).finishAll().standing).toBe("a fresh, b fresh");
  });
  test("[I6] an interrupt that nobody asked for holds the cell as well", () => {
    const bench = Bench.run(["const x = 1"]).edit("a", "const x = 2");
    bench.do({ type: "interrupted", run: bench.running() });
    expect(bench.standing).toBe("a stale");
    expect(bench.notebook.running).toBeUndefined();
  });
  test("[I7] a never-run cell that is stopped is never-run", () => {
    const bench = new Bench(chain).do({ type: "trust" }, { type: "interrupt" });
    bench.do({ type: "interrupted", run: bench.running() });
    expect(bench.standing).toBe("a never, b never, c never");
    expect(bench.notebook.running).toBeUndefined();
  });
  test("[I8] after a loss cheap cells run again, dear ones are stale, and readers with values stay fresh", () => {
    const bench = Bench.run(["const x = 1", "const y = x", "const big = x"]);
    bench.edit("c", "const big = x + 1").finish(9000);
    bench.effects = [];
    bench.do({ type: "lost", cells: ["a", "c", "nobody"] });
    expect(bench.standing).toBe("a running, b fresh, c stale");
    expect(bench.finishAll().ran()).toBe("a");
    expect(bench.cell("c").cause).toEqual({ kind: "restarted" });
    expect(bench.do({ type: "run", cell: "c" }).finishAll().standing).toBe("a fresh, b fresh, c fresh");
  });
  test("[I9] a reader of lost values brings them back when it runs", () => {
    const bench = Bench.run(["{run=lazy} const x = 1", "{run=lazy} const y = x"])
      .do({ type: "runAll" })
      .finishAll();
    bench.do({ type: "lost", cells: ["a"] });
    bench.effects = [];
    expect(bench.standing).toBe("a stale, b fresh");
    expect(bench.do({ type: "run", cell: "b" }).finishAll().ran()).toBe("a b");
  });
  test("[I10] a cell that took the worker down and failed does not start again by itself", () => {
    const bench = Bench.run(chain).edit("b", "const y = x + 2");
    bench.fail("out of memory").do({ type: "lost", cells: ["a", "b", "c"] });
    expect(bench.standing).toBe("a running, b failed, c blocked");
    expect(bench.finishAll().ran()).toBe("b a");
  });
});

describe("generators", () => {
  const cost = { milliseconds: 1, bytes: 0 };
  test("[G1] a yield puts readers out of date; cheap ones follow", () => {
    const bench = Bench.run(["const t = 1", "const y = t", "{run=lazy} const z = t"])
      .do({ type: "run", cell: "c" })
      .finishAll();
    const run = bench.cell("a").run ?? -1;
    bench.effects = [];
    bench.do({ type: "yielded", run }).finishAll();
    expect(bench.ran()).toBe("b");
    expect(bench.standing).toBe("a fresh, b fresh, c stale");
  });
  test("[G2] yields that come faster than readers run are taken together", () => {
    const bench = Bench.run(["const t = 1", "const y = t"]);
    const run = bench.cell("a").run ?? -1;
    for (let count = 0; count < 5; count++) bench.do({ type: "yielded", run });
    expect(bench.finishAll().ran()).toBe("b b");
    expect(bench.standing).toBe("a fresh, b fresh");
  });
  test("[G3] yields of a run that was followed by another are ignored", () => {
    const bench = Bench.run(["const t = 1", "const y = t"]);
    const run = bench.cell("a").run ?? -1;
    bench.edit("a", "const t = 2");
    const before = bench.notebook;
    expect(bench.do({ type: "yielded", run }).notebook).toBe(before);
    bench.finishAll();
    const after = bench.notebook;
    expect(bench.do({ type: "yielded", run }).notebook).toBe(after);
  });
  test("[G4] after an interrupt the next yield costs the generator its values", () => {
    const bench = Bench.run(["const t = 1", "const y = t"]);
    const run = bench.cell("a").run ?? -1;
    bench.do({ type: "interrupt" });
    expect(bench.standing).toBe("a fresh, b fresh");
    bench.do({ type: "yielded", run });
    expect(bench.effects).toContainEqual({ type: "forget", cell: "a" });
    expect(bench.standing).toBe("a stale, b fresh");
    expect(bench.ran()).toBe("");
    bench.do({ type: "run", cell: "a" }).do({ type: "finished", run: bench.running(), cost });
    expect(bench.standing).toBe("a fresh, b fresh");
  });
  test("[G5] a landed run may still show things until the cell runs again", () => {
    const bench = Bench.run(["const t = 1"]);
    const run = bench.cell("a").run ?? -1;
    bench.do({ type: "output", run, index: 0, output: says("late") });
    expect(bench.cell("a").outputs).toEqual([says("late")]);
    bench.edit("a", "const t = 2").do({ type: "output", run, index: 0, output: says("too late") });
    expect(bench.cell("a").outputs).toEqual([says("late")]);
  });
});

describe("structure", () => {
  test("[E1] what changes the file saves it, and nothing else does", () => {
    const bench = Bench.run(chain);
    const saves = (...ops: readonly Op[]): number => {
      bench.effects = [];
      return bench
        .do(...ops)
        .finishAll()
        .effects.filter(({ type }) => type === "save").length;
    };
    expect(saves({ type: "edit", cell: "a", text: "const x = 2" })).toBe(1);
    expect(saves({ type: "edit", cell: "a", text: "const x = 2" })).toBe(0);
    expect(saves({ type: "insert", at: 0, kind: "prose", text: "" })).toBe(1);
    expect(saves({ type: "move", cell: "a", to: 0 })).toBe(1);
    expect(saves({ type: "move", cell: "a", to: 0 })).toBe(0);
    expect(saves({ type: "attributes", cell: "a", attributes: { hidden: true, rest: [] } })).toBe(1);
    expect(saves({ type: "attributes", cell: "a", attributes: { hidden: true, rest: [] } })).toBe(0);
    expect(saves({ type: "title", title: "New" })).toBe(1);
    expect(saves({ type: "convert", cell: "c", kind: "prose" })).toBe(1);
    expect(saves({ type: "delete", cell: "c" })).toBe(1);
    expect(
      saves(
        { type: "run", cell: "a" },
        { type: "input", cell: "a", name: "n", value: 1 },
        { type: "runAll" },
      ),
    ).toBe(0);
  });
  test("[E2] inserted cells get ids that nobody has", () => {
    const bench = Bench.run(["const x = 1"]);
    for (let count = 0; count < 5; count++) bench.do({ type: "insert", at: 99, kind: "prose", text: "" });
    bench.do(
      { type: "insert", at: 0, kind: "ts", text: "", id: "a" },
      { type: "insert", at: 0, kind: "ts", text: "", id: "not fit" },
    );
    const ids = bench.notebook.cells.map(({ id }) => id);
    expect(new Set(ids).size).toBe(8);
    expect(bench.notebook.cells.filter(({ named }) => named).map(({ id }) => id)).toEqual(["a"]);
  });
  test("[E3] converting to prose lets the values go; converting back runs a cheap cell again", () => {
    const bench = Bench.run(["const x = 1", "const y = x"]).do({ type: "convert", cell: "a", kind: "prose" });
    expect(bench.effects).toContainEqual({ type: "forget", cell: "a" });
    expect(bench.standing).toBe("a never, b blocked");
    bench.do({ type: "convert", cell: "a", kind: "ts" }).finishAll();
    expect(bench.standing).toBe("a fresh, b fresh");
    expect(bench.ran()).toBe("a");
  });
  test("[E4] run=lazy taken away lets a stale cell run", () => {
    const bench = Bench.run(["const x = 1", "{run=lazy} const y = x"]).edit("b", "const y = x + 1");
    bench.do({ type: "attributes", cell: "b", attributes: { hidden: false, rest: [] } });
    expect(bench.finishAll().ran()).toBe("b");
  });
  test("[E5] a title goes into the front matter and keeps the rest of it", () => {
    const bench = new Bench(["1"], "---\nneeds: [shader-f16]\ntitle: Old # note\nodd: yes\n---\n");
    expect(bench.notebook.title).toBe("Old");
    bench.do({ type: "title", title: 'A "new": one' });
    expect(bench.notebook.frontMatter).toBe('needs: [shader-f16]\ntitle: "A \\"new\\": one"\nodd: yes\n');
  });
  test("[E6] attributes that could not be read back are dropped", () => {
    const bench = Bench.run(["const x = 1"]);
    bench.do({
      type: "attributes",
      cell: "a",
      attributes: { hidden: false, rest: ["x=1", "a b", "}", 'q="a b"', "new\nline", ""] },
    });
    expect(bench.cell("a").attributes.rest).toEqual(["x=1", 'q="a b"']);
  });
  test("[E8] a named cell carries its name into the file and has never run; what it gave is let go", () => {
    const bench = Bench.run(["const x = 1", "const y = x"]);
    bench.effects.length = 0;
    bench.do({ type: "name", cell: "a", id: "kernel1" });
    expect(bench.cell("kernel1")).toMatchObject({ named: true, text: "const x = 1", outputs: [] });
    expect(bench.cell("kernel1").analysis?.defines[0]?.span.source).toBe("kernel1");
    expect(bench.effects).toContainEqual({ type: "forget", cell: "a" });
    expect(bench.effects).toContainEqual({ type: "save" });
    const before = bench.notebook;
    bench.do({ type: "name", cell: "b", id: "kernel1" }, { type: "name", cell: "b", id: "1 x" });
    bench.do({ type: "name", cell: "q", id: "free" });
    expect(bench.notebook).toBe(before);
  });
  test("[E7] ops on cells that are gone change nothing", () => {
    const bench = Bench.run(chain);
    const before = bench.notebook;
    bench.do(
      { type: "edit", cell: "q", text: "" },
      { type: "delete", cell: "q" },
      { type: "move", cell: "q", to: 0 },
    );
    bench.do(
      { type: "convert", cell: "q", kind: "prose" },
      { type: "run", cell: "q" },
      { type: "input", cell: "q", name: "n", value: 1 },
    );
    expect(bench.notebook).toBe(before);
  });
});
