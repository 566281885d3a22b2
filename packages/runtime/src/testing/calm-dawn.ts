/**
 * Set up for all unit tests. Dawn in Node asks in every turn of the event loop whether what it waits for is done: while a
 * software GPU compiles a kernel, for seconds, that takes a whole core from it. With this it asks every millisecond, after
 * a few turns that keep short waits short.
 */

const eagerTurns = 30;
/** Turns further apart than this belong to different waits. */
const pauseMs = 5;

const soon: typeof setImmediate = globalThis.setImmediate;
const later: typeof setTimeout = globalThis.setTimeout;

/** Dawn looks for the global function each time; what it hands over is native. So is what settles a promise, which may wait, too. */
function isNative(run: (...given: never[]) => unknown): boolean {
  return Function.prototype.toString.call(run).includes("[native code]");
}

let turns = 0;
let last = 0;

function calmly(run: (...given: unknown[]) => void, ...given: unknown[]): unknown {
  if (!isNative(run)) return soon(run, ...given);
  const now = performance.now();
  turns = now - last > pauseMs ? 0 : turns + 1;
  last = now;
  return turns < eagerTurns ? soon(run, ...given) : later(run, 1, ...given);
}

Object.assign(globalThis, { setImmediate: Object.assign(calmly, soon) });
