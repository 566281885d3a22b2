import { Fault } from "@tilebook/base";

/** Values that somebody waits for before they are there. Each is set once; `fail` ends all that are not. */
export class Slots<T> {
  readonly #slots = new Map<string, Slot<T>>();
  #failed: Fault | undefined;

  get(name: string): Promise<T> {
    return this.#slot(name).promise;
  }

  set(name: string, value: T): void {
    const slot = this.#slot(name);
    if (slot.set) throw new Fault("mesh/plan", `the value ${name} is written twice`);
    slot.set = true;
    slot.resolve(value);
  }

  /** Forgets a value. Who waits for it then waits for the next of that name. */
  delete(name: string): void {
    this.#slots.delete(name);
  }

  fail(fault: Fault): void {
    this.#failed ??= fault;
    for (const slot of this.#slots.values()) if (!slot.set) slot.reject(fault);
  }

  #slot(name: string): Slot<T> {
    const known = this.#slots.get(name);
    if (known !== undefined) return known;
    const slot = newSlot<T>();
    this.#slots.set(name, slot);
    if (this.#failed !== undefined) slot.reject(this.#failed);
    return slot;
  }
}

interface Slot<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (fault: Fault) => void;
  set: boolean;
}

function newSlot<T>(): Slot<T> {
  let resolve: Slot<T>["resolve"] | undefined;
  let reject: Slot<T>["reject"] | undefined;
  const promise = new Promise<T>((done, failed) => {
    resolve = done;
    reject = failed;
  });
  // Whoever waits for it hears of it; that nobody does is no error.
  promise.catch(() => undefined);
  return { promise, resolve: (value) => resolve?.(value), reject: (fault) => reject?.(fault), set: false };
}
