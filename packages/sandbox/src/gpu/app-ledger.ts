import type { FromGpu } from "../protocol/gpu.ts";
import type { Hazard, Ledger } from "./hazards.ts";

/** The app page keeps the ledger: it has a disk, and outlives this worker. */
export class AppLedger implements Ledger {
  readonly #send: (message: FromGpu) => void;
  readonly #waiting = new Map<number, (allowed: boolean) => void>();
  #next = 1;

  constructor(send: (message: FromGpu) => void) {
    this.#send = send;
  }

  begin(key: string, stage: Hazard["stage"]): Promise<boolean> {
    const id = this.#next++;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#send({ type: "danger", id, key, stage });
    });
  }

  noted(id: number, allowed: boolean): void {
    this.#waiting.get(id)?.(allowed);
    this.#waiting.delete(id);
  }

  end(key: string): void {
    this.#send({ type: "safe", key });
  }
}
