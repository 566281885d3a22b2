import type { Scope } from "./scope.ts";
import { isOfEnding } from "./tick.ts";

/** Least time between two values of a generator. */
const PACE_MS = 30;

type Stream = Iterator<unknown> | AsyncIterator<unknown>;

/** A generator that is the value of a name: the name takes one value after the other. Lists and such are no streams. */
export function isStream(value: unknown): value is Stream {
  if (typeof value !== "object" || value === null) return false;
  const tag: unknown = Reflect.get(value, Symbol.toStringTag);
  return (tag === "Generator" || tag === "AsyncGenerator") && "next" in value;
}

/**
 * Takes the first value, and goes on in the background as long as `next` says so and the run's values are wanted.
 * When they are not, the generator's `finally` blocks run.
 */
export async function pump(
  stream: Stream,
  scope: Scope,
  next: (value: unknown) => Promise<boolean>,
): Promise<unknown> {
  const first = await stream.next();
  void rest(stream, scope, next).catch((error: unknown) => {
    if (!scope.signal.aborted || !isOfEnding(error)) scope.log("error", [error]);
  });
  return first.value;
}

async function rest(stream: Stream, scope: Scope, next: (value: unknown) => Promise<boolean>): Promise<void> {
  await scope.landed;
  while (!scope.left.aborted) {
    await new Promise((resolve) => setTimeout(resolve, PACE_MS));
    const { value, done } = await stream.next();
    if (done === true || scope.left.aborted || !(await next(value))) break;
  }
  await stream.return?.();
}
