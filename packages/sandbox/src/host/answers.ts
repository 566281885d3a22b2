import { Fault, type FaultData, faultFrom } from "@tilebook/base";

interface Waiting<T> {
  readonly resolve: (answer: T) => void;
  readonly reject: (fault: Fault) => void;
}

/** Questions that wait for the GPU worker's answer. */
export class Answers<T> {
  readonly #waiting = new Map<number, Waiting<T>>();
  #next = 1;

  /** Makes a promise for an answer, and its number. */
  ask(send: (id: number) => void): Promise<T> {
    const id = this.#next;
    this.#next += 1;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      send(id);
    });
  }

  answer(id: number, answer: T): void {
    this.#take(id)?.resolve(answer);
  }

  refuse(id: number, fault: FaultData): void {
    this.#take(id)?.reject(faultFrom(fault));
  }

  /** Questions without an answer. */
  get size(): number {
    return this.#waiting.size;
  }

  /** The worker that should have answered is gone. */
  refuseAll(worker: "cell" | "GPU" = "GPU"): void {
    this.failAll(
      new Fault("executor/unknown-tensor", `what was asked about is gone with the ${worker} worker`),
    );
  }

  failAll(fault: Fault): void {
    for (const { reject } of this.#waiting.values()) reject(fault);
    this.#waiting.clear();
  }

  #take(id: number): Waiting<T> | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }
}
