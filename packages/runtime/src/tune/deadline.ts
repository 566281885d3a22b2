import { type Clock, Fault } from "@tilebook/base";

/** Beyond its time, work is told to stop, and may take this much longer to do so. */
const graceMs = 5_000;

export interface Deadline {
  readonly clock: Clock;
  readonly ms: number;
  /** What takes too long, for its reason. */
  readonly what: string;
  /** Stops the work, too; then what it threw is thrown. */
  readonly signal: AbortSignal;
}

/**
 * Does work that may never come back. Fault `tune/late` when its time is up: at once when it stops, else after a while. What it
 * gives after that is handed to `late`.
 */
export async function within<T>(
  { clock, ms, what, signal }: Deadline,
  work: (signal: AbortSignal) => Promise<T>,
  late: (result: T) => void = () => undefined,
): Promise<T> {
  const over = new AbortController();
  const tooLate = new Fault("tune/late", `${what} took longer than ${(ms / 1000).toFixed(1)} s`);
  let left = false;
  const cancels = [clock.after(ms, () => over.abort())];
  const gone = new Promise<never>((_, reject) => {
    cancels.push(clock.after(ms + graceMs, () => reject(tooLate)));
  });
  const working = work(AbortSignal.any([signal, over.signal]));
  working.then((result) => (left ? late(result) : undefined)).catch(() => undefined);
  try {
    return await Promise.race([working, gone]);
  } catch (error) {
    left = true;
    throw over.signal.aborted && !signal.aborted ? tooLate : error;
  } finally {
    for (const cancel of cancels) cancel();
  }
}
