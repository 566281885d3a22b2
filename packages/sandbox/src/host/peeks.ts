import { Fault, type FaultData, faultFrom } from "@tilebook/base";
import type { TensorPeek } from "../sandbox.ts";

interface Waiting {
  readonly resolve: (peek: TensorPeek) => void;
  readonly reject: (fault: Fault) => void;
}

/** Peeks that wait for the GPU worker's answer. */
export class Peeks {
  readonly #waiting = new Map<number, Waiting>();
  #next = 1;

  /** Makes a promise for an answer, and its number. */
  ask(send: (id: number) => void): Promise<TensorPeek> {
    const id = this.#next;
    this.#next += 1;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      send(id);
    });
  }

  answer(id: number, peek: TensorPeek): void {
    this.#take(id)?.resolve(peek);
  }

  refuse(id: number, fault: FaultData): void {
    this.#take(id)?.reject(faultFrom(fault));
  }

  /** The worker that should have answered is gone. */
  refuseAll(): void {
    for (const { reject } of this.#waiting.values())
      reject(new Fault("executor/unknown-tensor", "the tensor is gone with the GPU worker"));
    this.#waiting.clear();
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }
}
