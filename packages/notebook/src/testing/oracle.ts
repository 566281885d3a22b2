import { type Module, Runtime, type Variable } from "@observablehq/runtime";
import { type Program, valueOf } from "./program.ts";

/** What a cell ended with, by its id. */
export type Standing = Readonly<Record<string, number | "error">>;

/** The same cells in Observable's runtime: one variable a cell. */
export class Oracle {
  readonly #runtime = new Runtime(undefined, (name) => {
    throw new Error(`${name} is not defined`);
  });
  readonly #module: Module = this.#runtime.module();
  readonly #cells = new Map<string, Variable>();
  readonly #results = new Map<string, number | "error">();

  get ids(): readonly string[] {
    return [...this.#cells.keys()];
  }

  define(id: string, program: Program): void {
    const variable = this.#cells.get(id) ?? this.#observe(id);
    this.#cells.set(id, variable);
    variable.define(program.name, program.uses, (...inputs) => {
      const first = valueOf(program, inputs);
      return program.yields === 0 ? first : counting(first, program.yields);
    });
  }

  #observe(id: string): Variable {
    return this.#module.variable({
      fulfilled: (value) => this.#results.set(id, value as number),
      rejected: () => this.#results.set(id, "error"),
    });
  }

  remove(id: string): void {
    this.#cells.get(id)?.delete();
    this.#cells.delete(id);
    this.#results.delete(id);
  }

  /** Resolves when nothing is left to compute. */
  async rest(): Promise<void> {
    const runtime = this.#runtime;
    for (let calm = 0; calm < 2;) {
      await new Promise((resolve) => setImmediate(resolve));
      await Promise.allSettled([...this.#cells.values()].map((variable) => variable._promise));
      const waiting = runtime._precomputes.length + runtime._updates.size + runtime._dirty.size;
      calm = runtime._computing !== null || waiting > 0 ? 0 : calm + 1;
    }
  }

  standing(): Standing {
    return Object.fromEntries(this.ids.map((id) => [id, this.#results.get(id) ?? "error"]));
  }

  close(): void {
    this.#runtime.dispose();
  }
}

function* counting(first: number, count: number): Generator<number> {
  for (let index = 0; index < count; index++) yield first + index;
}
