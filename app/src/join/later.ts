import type { Accept } from "@tilebook/mesh";

/** Takes streams for someone who is not there yet: nothing of them is read before, so their sender waits. */
export function later(accept: Promise<Accept>): Accept {
  return (opening) => {
    const sink = accept.then((ready) => ready(opening));
    // Whoever sends hears of it with its first bytes, or at the end.
    sink.catch(() => undefined);
    return {
      write: async (part, offset) => (await sink).write(part, offset),
      end: async () => (await sink).end(),
      fail: (fault) => void sink.then((ready) => ready.fail(fault)).catch(() => undefined),
    };
  };
}
