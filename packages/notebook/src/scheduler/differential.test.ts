import { type Module, Runtime, type Variable } from "@observablehq/runtime";
import { seeded } from "@tilebook/base";
import type { CellAnalysis } from "@tilebook/lang";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "../document/parse.ts";
import { createNotebooks } from "../notebook.ts";
import type { Effect, Notebook, Op } from "../state.ts";
import type { CodeText } from "./cell.ts";

/*
 * The scheduler against @observablehq/runtime. Both get the same random programs and the same changes; when both have
 * come to rest, every cell must have the same value, and the same cells must be in error.
 */

/** A cell of a program: its value is `add` plus what it uses; it throws when that is a multiple of `bad`. */
interface Program {
  readonly name: string | null;
  readonly uses: readonly string[];
  readonly add: number;
  readonly bad: number;
  /** 0: a plain value; else a generator that yields this many values, each one more than the last. */
  readonly yields: number;
}

const seed = Number(process.env["SEED"] ?? 1);
const programs = Number(process.env["PROGRAMS"] ?? 150);
const names = ["p", "q", "r", "s", "t"];

describe("the scheduler and Observable's runtime agree", () => {
  test(`[X1] on values and errors after every change (seed ${seed})`, async () => {
    for (let count = 0; count < programs; count++) await compare(seeded(seed * 100_003 + count), false);
  }, 120_000);

  test(`[X2] after edits in mid-run, interrupts and losses too, once all that is stale has run (seed ${seed})`, async () => {
    for (let count = 0; count < programs; count++) await compare(seeded(seed * 200_003 + count), true);
  }, 120_000);
});

async function compare(random: () => number, chaos: boolean): Promise<void> {
  const ours = new Ours();
  const oracle = new Oracle();
  let made = 0;
  for (let step = 0; step < 12; step++) {
    for (let burst = 0; burst < (chaos ? 3 : 1); burst++) {
      const ids = [...oracle.cells.keys()];
      const id = ids[Math.floor(random() * ids.length)];
      const way = random();
      if (id === undefined || way < 0.35) {
        const program = randomProgram(random);
        const at = Math.floor(random() * (ids.length + 1));
        ours.insert(`cell${made}`, at, program);
        oracle.define(`cell${made}`, program);
        made += 1;
      } else if (way < 0.8) {
        const program = randomProgram(random);
        ours.do({ type: "edit", cell: id, text: JSON.stringify(program) });
        oracle.define(id, program);
      } else if (way < 0.9) {
        ours.do({ type: "delete", cell: id });
        oracle.remove(id);
      } else ours.do({ type: "move", cell: id, to: Math.floor(random() * ids.length) });
      if (chaos) ours.disturb(random, ids);
    }
    ours.rest();
    // Twice, since generators that go on put readers out of date that do not run by themselves.
    for (let count = chaos ? 2 : 0; count > 0; count--) {
      ours.do({ type: "runStale" });
      ours.rest();
    }
    await oracle.rest();
    expect(ours.standing()).toEqual(oracle.standing());
  }
  oracle.runtime.dispose();
}

function randomProgram(random: () => number): Program {
  const pick = (): string => names[Math.floor(random() * names.length)] ?? "p";
  const name = random() < 0.85 ? pick() : null;
  const uses = Array.from({ length: Math.floor(random() * 3) }, pick).filter((use) => use !== name);
  const yields = random() < 0.15 ? 1 + Math.floor(random() * 3) : 0;
  return {
    name,
    uses: [...new Set(uses)],
    add: Math.floor(random() * 20),
    bad: random() < 0.3 ? 3 : 1009,
    yields,
  };
}

function valueOf(program: Program, inputs: readonly number[]): number {
  const sum = inputs.reduce((total, input) => total + input, program.add);
  if (sum % program.bad === 0 && sum > 0) throw new Error(`bad ${sum}`);
  return sum;
}

function analyzeProgram({ id, text }: CodeText): CellAnalysis {
  const { name, uses } = JSON.parse(text) as Program;
  const span = { source: id, start: 0, end: 1 };
  const defines = name === null ? [] : [{ name, span }];
  const used = uses.map((use) => ({ name: use, span }));
  return {
    defines,
    uses: used,
    kernels: [],
    usesAwait: false,
    showsResult: true,
    code: text,
    edits: [],
    faults: [],
  };
}

const notebooks = createNotebooks({ analyze: analyzeProgram });

/** Our scheduler with a cell worker that keeps values by name, as the real one may, and checks that they are right. */
class Ours {
  notebook: Notebook;
  readonly values = new Map<string, { readonly cell: string; readonly value: number }>();
  readonly results = new Map<string, number>();
  /** The run whose values each cell has. */
  readonly landed = new Map<string, number>();
  under:
    | { readonly run: number; readonly cell: string; readonly values: number[]; readonly name: string | null }
    | undefined;

  constructor() {
    const [notebook] = notebooks.apply(notebooks.open(parse("")), { type: "trust" });
    this.notebook = notebook;
  }

  do(...ops: readonly Op[]): void {
    for (const op of ops) {
      const [notebook, effects] = notebooks.apply(this.notebook, op);
      this.notebook = notebook;
      for (const effect of effects) this.perform(effect);
    }
  }

  insert(id: string, at: number, program: Program): void {
    this.do({ type: "insert", at, kind: "ts", text: JSON.stringify(program), id });
  }

  perform(effect: Effect): void {
    if (effect.type === "forget") {
      this.forget(effect.cell);
    } else if (effect.type === "evaluate") {
      expect(this.under).toBeUndefined();
      const program = JSON.parse(effect.text) as Program;
      const inputs = program.uses.map((name) => {
        const held = this.values.get(name);
        expect(held?.cell).toBe(effect.from[name]);
        return held?.value ?? Number.NaN;
      });
      this.under = {
        run: effect.run,
        cell: effect.cell,
        name: program.name,
        values: outcomes(program, inputs),
      };
    }
  }

  forget(cell: string): void {
    this.landed.delete(cell);
    for (const [name, held] of this.values) if (held.cell === cell) this.values.delete(name);
  }

  /** One event of the run under way: a yield, its end, or its failure. */
  step(): boolean {
    const { under } = this;
    if (under === undefined) return false;
    const [value, ...later] = under.values;
    const deliver = (): void => {
      this.forget(under.cell);
      this.landed.set(under.cell, under.run);
      this.results.set(under.cell, value ?? Number.NaN);
      if (under.name !== null) this.values.set(under.name, { cell: under.cell, value: value ?? Number.NaN });
    };
    this.under = undefined;
    if (value === undefined) {
      this.do({ type: "failed", run: under.run, fault: { code: "runtime/error", message: "bad" } });
    } else {
      deliver();
      if (later.length > 0) this.live.push({ ...under, values: later });
      this.do({ type: "finished", run: under.run, cost: { milliseconds: 1, bytes: 0 } });
    }
    return true;
  }

  live: NonNullable<Ours["under"]>[] = [];

  /** Generators go on only when nothing else is to do, one value at a time. */
  stepLive(): boolean {
    const generator = this.live.shift();
    if (generator === undefined) return false;
    const [value = Number.NaN, ...later] = generator.values;
    if (this.landed.get(generator.cell) !== generator.run) return true;
    this.results.set(generator.cell, value);
    if (generator.name !== null) this.values.set(generator.name, { cell: generator.cell, value });
    if (later.length > 0) this.live.push({ ...generator, values: later });
    this.do({ type: "yielded", run: generator.run });
    return true;
  }

  rest(): void {
    let steps = 0;
    while (this.step() || this.stepLive()) {
      steps += 1;
      if (steps > 5000) throw new Error("it never comes to rest");
    }
  }

  /** A few steps, then perhaps an interrupt, lost values, a run on request, or an event of an old run. */
  disturb(random: () => number, ids: readonly string[]): void {
    for (let count = Math.floor(random() * 3); count > 0; count--) this.step();
    const way = random();
    const id = ids[Math.floor(random() * ids.length)] ?? "";
    const { under } = this;
    if (way < 0.15) {
      this.do({ type: "interrupt" });
      for (const { run, cell } of this.live.splice(0))
        this.do({ type: "interrupted", run }, { type: "run", cell });
      if (under !== undefined && random() < 0.7) {
        this.under = undefined;
        this.do({ type: "interrupted", run: under.run });
      }
    } else if (way < 0.3) this.lose(ids.filter(() => random() < 0.5));
    else if (way < 0.5) this.do({ type: "run", cell: id });
    else if (way < 0.6) this.do({ type: "runAll" });
    else if (way < 0.7) this.oldEvent();
    else if (way < 0.8)
      this.do({
        type: "attributes",
        cell: id,
        attributes: { hidden: false, run: random() < 0.5 ? "lazy" : "auto", rest: [] },
      });
  }

  /** News of a run that is over. */
  oldEvent(): void {
    const run = (this.under?.run ?? this.notebook.nextRun) - 1;
    if ([...this.landed.values()].includes(run)) return;
    this.do({ type: "finished", run, cost: { milliseconds: 1, bytes: 0 } }, { type: "yielded", run });
  }

  lose(ids: readonly string[]): void {
    for (const id of ids) this.forget(id);
    this.do({ type: "lost", cells: ids });
  }

  standing(): Readonly<Record<string, number | "error">> {
    return Object.fromEntries(
      this.notebook.cells
        .map(({ id, status }) => {
          expect(["fresh", "failed", "blocked"]).toContain(status);
          return [
            id,
            status === "fresh" ? (this.results.get(id) ?? Number.NaN) : ("error" as const),
          ] as const;
        })
        .toSorted(([a], [b]) => (a < b ? -1 : 1)),
    );
  }
}

/** What a run gives one after the other; nothing when it throws. */
function outcomes(program: Program, inputs: readonly number[]): number[] {
  try {
    const first = valueOf(program, inputs);
    return Array.from({ length: Math.max(1, program.yields) }, (_, index) => first + index);
  } catch {
    return [];
  }
}

class Oracle {
  readonly runtime = new Runtime(undefined, (name) => {
    throw new Error(`${name} is not defined`);
  });
  readonly module: Module = this.runtime.module();
  readonly cells = new Map<string, Variable>();
  readonly results = new Map<string, number | "error">();

  define(id: string, program: Program): void {
    const variable =
      this.cells.get(id) ??
      this.module.variable({
        fulfilled: (value) => this.results.set(id, value as number),
        rejected: () => this.results.set(id, "error"),
      });
    this.cells.set(id, variable);
    variable.define(program.name, program.uses, (...inputs) => {
      const first = valueOf(program, inputs);
      return program.yields === 0 ? first : counting(first, program.yields);
    });
  }

  remove(id: string): void {
    this.cells.get(id)?.delete();
    this.cells.delete(id);
    this.results.delete(id);
  }

  async rest(): Promise<void> {
    const { runtime } = this;
    for (let calm = 0; calm < 2;) {
      await new Promise((resolve) => setImmediate(resolve));
      await Promise.allSettled([...this.cells.values()].map((variable) => variable._promise));
      const busy =
        runtime._computing !== null ||
        runtime._precomputes.length + runtime._updates.size + runtime._dirty.size > 0;
      calm = busy ? 0 : calm + 1;
    }
  }

  standing(): Readonly<Record<string, number | "error">> {
    return Object.fromEntries(
      [...this.cells.keys()]
        .toSorted((a, b) => (a < b ? -1 : 1))
        .map((id) => [id, this.results.get(id) ?? "error"]),
    );
  }
}

function* counting(first: number, count: number): Generator<number> {
  for (let index = 0; index < count; index++) yield first + index;
}

/** The oracle leaves rejected promises that nobody reads. */
const ignore = (): void => undefined;
beforeAll(() => void process.on("unhandledRejection", ignore));
afterAll(() => void process.off("unhandledRejection", ignore));
