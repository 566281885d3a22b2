import { describe, expect, test } from "vitest";
import { chain, reportOf, says } from "../testing/examples.ts";
import { Bench } from "../testing/toy.ts";

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
  test("[I7] a never-run cell that is stopped is never-run, and tells that it was stopped", () => {
    const bench = new Bench(chain).do({ type: "trust" }, { type: "interrupt" });
    bench.do({ type: "interrupted", run: bench.running() });
    expect(bench.standing).toBe("a never, b never, c never");
    expect(bench.cell("a").cause).toEqual({ kind: "interrupted" });
    expect(bench.notebook.running).toBeUndefined();
    expect(bench.do({ type: "run", cell: "a" }).cell("a").cause).toBeUndefined();
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
