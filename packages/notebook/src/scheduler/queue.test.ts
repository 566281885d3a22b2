import { describe, expect, test } from "vitest";
import { chain, inputsOf, move, says } from "../testing/examples.ts";
import { Bench } from "../testing/toy.ts";

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

/** The runs that were told that newer ones are on their way. */
function superseded(bench: Bench): readonly number[] {
  return bench.effects.flatMap((effect) => (effect.type === "supersede" ? [effect.run] : []));
}

describe("a run that is superseded", () => {
  test("[M8] is told so, once, when its own control moves or a cell that it reads waits to run on a moved one", () => {
    const own = Bench.run(["const tau = 1"], 1000).do(move("a", 4));
    own.do(move("a", 5), move("a", 6));
    expect(superseded(own)).toEqual([own.running()]);
    const lazy = Bench.run(["{run=lazy} const tau = 1"]).do({ type: "run", cell: "a" }, move("a", 4));
    expect(superseded(lazy)).toEqual([lazy.running()]);
    expect(lazy.finish().standing).toBe("a stale");
    const read = Bench.run(["const tau = 1", "const y = tau", "const z = y"], 1000);
    read.do({ type: "run", cell: "c" }, move("a", 4), move("a", 5));
    expect(superseded(read)).toEqual([read.running()]);
    expect(read.standing).toBe("a queued, b stale, c running");
  });
  test("[M9] or when it was edited and asked for again, or what it reads was; not by an edit that runs nothing yet", () => {
    const bench = Bench.run(["const x = 1", "const y = x"], 1000).do({ type: "run", cell: "b" });
    const first = bench.running();
    bench.edit("b", "const y = x + 1").edit("a", "const x = 2");
    expect(superseded(bench)).toEqual([]);
    bench.do({ type: "run", cell: "b" });
    expect(superseded(bench)).toEqual([first]);
    const above = Bench.run(["const x = 1", "const y = x"], 1000).do(
      { type: "run", cell: "b" },
      { type: "run", cell: "a" },
    );
    expect(superseded(above)).toEqual([above.running()]);
  });
  test("[M10] not by what has nothing to do with it, nor by a generator that goes on, nor when it is stopped", () => {
    const bench = Bench.run(["const ticks = 1", "const y = ticks", "const other = 1"]);
    const generator = bench.cell("a").memory.last?.run ?? -1;
    bench.edit("b", "const y = ticks + 1").do(move("c", 3), { type: "yielded", run: generator });
    expect(bench.standing).toBe("a fresh, b running, c queued");
    expect(superseded(bench)).toEqual([]);
    const stopped = Bench.run(["const tau = 1"], 1000).do({ type: "run", cell: "a" });
    stopped.do({ type: "interrupt" }, move("a", 4));
    expect(superseded(stopped)).toEqual([]);
  });
  test("[M11] that listens leaves its outputs and no fault, and is asked for again whatever it costs, after what it reads", () => {
    const bench = Bench.run(["const tau = 1", "{run=lazy} const y = tau"], 1000);
    bench.do({ type: "run", cell: "b" });
    const run = bench.running();
    bench.do({ type: "output", run, index: 0, output: says("half") }, move("a", 4));
    bench.effects = [];
    bench.do({ type: "interrupted", run });
    expect(bench.cell("b")).toMatchObject({ status: "queued", outputs: [says("half")] });
    // Moved on before it began: it still comes.
    bench.do(move("a", 5)).finishAll(1000);
    expect(bench.ran()).toBe("a a b");
    expect(inputsOf(bench, "a")).toEqual([]);
    expect(bench.standing).toBe("a fresh, b fresh");
  });
  test("[M12] that does not listen ends as ever: no run more than without being told", () => {
    const bench = Bench.run(["const tau = 1", "const y = tau"], 1000);
    bench.do({ type: "run", cell: "b" }, move("a", 2), move("a", 3)).finish(1000);
    expect(bench.finishAll().ran()).toBe("b a");
    expect(bench.standing).toBe("a fresh, b stale");
  });
  test("[M13] and was stopped by the person while it ended, stays stopped", () => {
    const bench = Bench.run(["const tau = 1"], 1000).do({ type: "run", cell: "a" });
    const run = bench.running();
    bench.do(move("a", 2), { type: "interrupt" }, { type: "interrupted", run });
    expect(bench.notebook.running).toBeUndefined();
    expect(bench.cell("a")).toMatchObject({ status: "stale", cause: { kind: "interrupted" } });
  });
});
