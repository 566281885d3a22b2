import { parse } from "../document/parse.ts";
import type { Effect, Notebook, Op } from "../state.ts";
import type { Standing } from "./oracle.ts";
import { type Program, programNotebooks, valueOf } from "./program.ts";

/** A run, or a generator that goes on after it: the values still to come. None: it throws. */
interface Under {
  readonly run: number;
  readonly cell: string;
  readonly name: string | null;
  readonly values: readonly number[];
}

const cost = { milliseconds: 1, bytes: 0 };

/** Our scheduler with a stand-in for the cell worker, which keeps values by name and checks that they are the right ones. */
export class Ours {
  notebook: Notebook = programNotebooks.apply(programNotebooks.open(parse("")), { type: "trust" })[0];
  readonly #values = new Map<string, { readonly cell: string; readonly value: number }>();
  readonly #results = new Map<string, number>();
  /** The run whose values each cell has. */
  readonly #landed = new Map<string, number>();
  #under: Under | undefined;
  #live: Under[] = [];
  /** The run that was told last that a newer one is on its way. */
  #superseded = -1;

  do(...ops: readonly Op[]): void {
    for (const op of ops) {
      const [notebook, effects] = programNotebooks.apply(this.notebook, op);
      this.notebook = notebook;
      for (const effect of effects) this.#perform(effect);
    }
  }

  #perform(effect: Effect): void {
    if (effect.type === "forget") this.#forget(effect.cell);
    if (effect.type === "supersede") this.#superseded = effect.run;
    if (effect.type !== "evaluate") return;
    if (this.#under !== undefined) throw new Error("two runs at a time");
    const program = JSON.parse(effect.text) as Program;
    const inputs = program.uses.map((name) => {
      const held = this.#values.get(name);
      if (held === undefined || held.cell !== effect.from[name]) throw new Error(`no value for ${name}`);
      return held.value;
    });
    this.#under = {
      run: effect.run,
      cell: effect.cell,
      name: program.name,
      values: outcomes(program, inputs),
    };
  }

  #forget(cell: string): void {
    this.#landed.delete(cell);
    for (const [name, held] of this.#values) if (held.cell === cell) this.#values.delete(name);
  }

  #deliver({ cell, name, run }: Under, value: number): void {
    this.#landed.set(cell, run);
    this.#results.set(cell, value);
    if (name !== null) this.#values.set(name, { cell, value });
  }

  /** Ends the run under way. */
  step(): boolean {
    const under = this.#under;
    if (under === undefined) return false;
    this.#under = undefined;
    const [value, ...values] = under.values;
    if (value === undefined) {
      this.do({ type: "failed", run: under.run, fault: { code: "runtime/error", message: "bad" } });
      return true;
    }
    this.#forget(under.cell);
    this.#deliver(under, value);
    if (values.length > 0) this.#live.push({ ...under, values });
    this.do({ type: "finished", run: under.run, cost });
    return true;
  }

  /** The next value of a generator whose cell still has the values of that run. */
  #stepLive(): boolean {
    const generator = this.#live.shift();
    if (generator === undefined) return false;
    const [value, ...values] = generator.values;
    if (value === undefined || this.#landed.get(generator.cell) !== generator.run) return true;
    this.#deliver(generator, value);
    if (values.length > 0) this.#live.push({ ...generator, values });
    this.do({ type: "yielded", run: generator.run });
    return true;
  }

  rest(): void {
    for (let steps = 0; this.step() || this.#stepLive(); steps++) {
      if (steps > 5000) throw new Error("it never comes to rest");
    }
  }

  /** The person interrupts; the run stops, unless it happens to end by itself. */
  interrupt(stops: boolean): void {
    this.do({ type: "interrupt" });
    if (this.#under === undefined || !stops) return;
    const { run } = this.#under;
    this.#under = undefined;
    this.do({ type: "interrupted", run });
  }

  /** The run under way ends because it was superseded. One that was not goes on. */
  cutOff(): void {
    const { run } = this.#under ?? {};
    if (run === undefined || run !== this.#superseded) return;
    this.#under = undefined;
    this.do({ type: "interrupted", run });
  }

  lose(ids: readonly string[]): void {
    for (const id of ids) this.#forget(id);
    this.do({ type: "lost", cells: ids });
  }

  /** News of a run that is over. */
  oldNews(): void {
    const run = (this.#under?.run ?? this.notebook.nextRun) - 1;
    if ([...this.#landed.values()].includes(run)) return;
    this.do({ type: "finished", run, cost }, { type: "yielded", run }, { type: "interrupted", run });
  }

  standing(): Standing {
    return Object.fromEntries(
      this.notebook.cells.map(({ id, status }) => {
        if (status === "fresh") return [id, this.#results.get(id) ?? Number.NaN];
        if (status !== "failed" && status !== "blocked") throw new Error(`${id} is ${status} at rest`);
        return [id, "error"];
      }),
    );
  }
}

/** What a run gives one after the other; nothing when it throws. */
function outcomes(program: Program, inputs: readonly number[]): readonly number[] {
  try {
    const first = valueOf(program, inputs);
    return Array.from({ length: Math.max(1, program.yields) }, (_, index) => first + index);
  } catch {
    return [];
  }
}
