import { Fault } from "@tilebook/base";

/** How long a cell may compute in one go, without ever waiting for anything. */
export const DEADLINE_MS = 60_000;

const CHECK_EVERY = 1024;

/**
 * `$tick`, which the rewritten cell calls at every turn of every loop. It cannot hear an interrupt while the cell is
 * computing (no message arrives then); it stops what an interrupt left behind, and loops that run for a minute.
 */
export class Ticker {
  readonly #now: () => number;
  #since: number;

  constructor(now: () => number) {
    this.#now = now;
    this.#since = now();
  }

  /** The worker's event loop is alive: what ran before it is over. Call it from a timer. */
  rest(): void {
    this.#since = this.#now();
  }

  /** The tick of one run. `stopped` says whether this run, or the one under way, was told to stop. */
  tickOf(stopped: () => boolean): () => void {
    let turns = 0;
    return () => {
      turns += 1;
      if (turns % CHECK_EVERY === 0) this.#check(stopped);
    };
  }

  #check(stopped: () => boolean): void {
    if (stopped()) throw interrupted();
    if (this.#now() - this.#since > DEADLINE_MS)
      throw new Fault("run/deadline", `the cell computed for ${DEADLINE_MS / 1000} seconds in one go`, {
        hint: "await something inside the loop (for example sleep(0)), or move the work to tensors",
      });
  }
}

/** A newer run of the cell is on its way. */
export function superseded(): Fault {
  return new Fault("run/superseded", "a newer run of the cell is on its way", {
    hint: "nothing is wrong: what it was given has changed, and it runs again",
  });
}

/** It says that a run was to end, and nothing else. */
export function isOfEnding(error: unknown): boolean {
  return error instanceof Fault && (error.code === "run/interrupted" || error.code === "run/superseded");
}

export function interrupted(): Fault {
  return new Fault("run/interrupted", "the run was interrupted");
}
