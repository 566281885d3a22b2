import { Fault } from "@tilebook/base";

/** A device that is lost twice within this time (ms) is not rebuilt again: the browser itself is failing. */
export const lossWindowMs = 120_000;

/** Decides after each loss whether to rebuild. */
export class LossPolicy {
  #last: number | undefined;

  /** `now` in milliseconds. True: rebuild once. False: give up. */
  mayRebuild(now: number): boolean {
    const recent = this.#last !== undefined && now - this.#last < lossWindowMs;
    this.#last = now;
    return !recent;
  }
}

export function deviceLost(message: string): Fault {
  return new Fault("executor/device-lost", `the GPU was lost twice within two minutes${detail(message)}`, {
    hint: "reload the page once it says Saved; if it happens again, make the last kernel's work smaller or restart the browser",
  });
}

/** The first loss was answered by a rebuild, and that failed. */
export function rebuildFailed(cause: unknown): Fault {
  return new Fault("executor/device-lost", "the GPU was lost and did not come back", {
    hint: "reload the page once it says Saved; if there is still no GPU, restart the browser",
    cause,
  });
}

function detail(message: string): string {
  return message === "" ? "" : `: ${message}`;
}
