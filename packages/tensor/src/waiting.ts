import { Fault } from "@tilebook/base";

/** What stands in a promise that `awaited` made. */
const asked: unique symbol = Symbol("asked");

/**
 * The promise, which says so where somebody computes with it or asks for its truth: JavaScript would make "[object Promise]" of it, or take it as
 * true. `call` is what was asked, for the hint.
 */
export function awaited<T>(promise: Promise<T>, call: string): Promise<T> {
  const refuse = (): never => {
    throw notAwaited(call);
  };
  return Object.defineProperties(promise, {
    [asked]: { value: call },
    [Symbol.toPrimitive]: { value: refuse },
  });
}

/** What was asked, where this is such a promise. */
export function callOf(value: unknown): string | undefined {
  if (!(value instanceof Promise)) return undefined;
  const call: unknown = Object.getOwnPropertyDescriptor(value, asked)?.value;
  return typeof call === "string" ? call : undefined;
}

export function notAwaited(call: string): Fault {
  return new Fault("tensor/await", "these numbers are not there yet: the device computes them meanwhile", {
    hint: `wait for them: await ${call}`,
  });
}
