import type { Fault } from "@tilebook/base";
import { Slots } from "./slots.ts";

/** Someone who waits for a run. */
interface Waiting<T> {
  readonly begun: Promise<T>;
  /** It does not wait any more. */
  readonly giveUp: () => void;
}

/** Runs by name, for values that come before their plan. Names that nobody waits for any more are forgotten: any member may make them up. */
export class ComingRuns<T> {
  readonly #slots = new Slots<T>();
  readonly #begun = new Set<string>();
  readonly #waiting = new Map<string, number>();

  /** Names of runs that are waited for and have not begun. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** A run, once it begins. */
  wait(name: string): Waiting<T> {
    const begun = this.#slots.get(name);
    if (this.#begun.has(name)) return { begun, giveUp: () => undefined };
    this.#waiting.set(name, (this.#waiting.get(name) ?? 0) + 1);
    let waits = true;
    const giveUp = (): void => {
      if (waits) this.#leave(name);
      waits = false;
    };
    begun.then(giveUp, giveUp);
    return { begun, giveUp };
  }

  begin(name: string, run: T): void {
    this.#begun.add(name);
    this.#slots.set(name, run);
  }

  /** Forgets a run. Who waits for its name then waits for the next of that name. */
  end(name: string): void {
    this.#begun.delete(name);
    this.#slots.delete(name);
  }

  fail(fault: Fault): void {
    this.#slots.fail(fault);
  }

  #leave(name: string): void {
    const left = (this.#waiting.get(name) ?? 1) - 1;
    if (left > 0) return void this.#waiting.set(name, left);
    this.#waiting.delete(name);
    if (!this.#begun.has(name)) this.#slots.delete(name);
  }
}
