import { describe, expect, test } from "vitest";
import { chain, reportOf } from "../testing/examples.ts";
import { Bench } from "../testing/toy.ts";

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
  test("[S25] a cell whose mesh would be another one is stale, and what reads it; cheap ones run again", () => {
    const bench = Bench.run(chain, 1000).do({ type: "mesh", cells: ["a"] });
    expect(bench.standing).toBe("a stale, b stale, c stale");
    expect(bench.cell("a").cause).toEqual({ kind: "mesh" });
    expect(bench.cell("b").cause).toEqual({ kind: "upstream", name: "x", cell: "a" });
    expect(bench.do({ type: "run", cell: "c" }).finishAll().standing).toBe("a fresh, b fresh, c fresh");
    const cheap = Bench.run(chain, 10);
    cheap.effects = [];
    cheap.do({ type: "mesh", cells: ["a"] });
    expect(cheap.finishAll().ran()).toBe("a b c");
  });
  test("[S26] a mesh that becomes another one in the middle of a run leaves the cell stale after it", () => {
    const bench = Bench.run(chain, 1000).do({ type: "run", cell: "a" });
    bench.do({ type: "mesh", cells: ["a"] }).finishAll(1000);
    expect(bench.cell("a").cause).toEqual({ kind: "mesh" });
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
