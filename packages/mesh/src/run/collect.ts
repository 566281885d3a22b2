import type { Sink } from "../transport/inbox.ts";

/** A stream that is wanted as a whole. */
export function collect(
  bytes: number,
  end: (whole: Uint8Array) => unknown,
  fail: () => void = () => undefined,
): Sink {
  const whole = new Uint8Array(bytes);
  return { write: (part, offset) => whole.set(part, offset), end: () => end(whole), fail };
}
