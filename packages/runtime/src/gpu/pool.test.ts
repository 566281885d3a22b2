import { describe, expect, test } from "vitest";
import { bufferBytes } from "../ledger.ts";
import { BufferPool } from "./pool.ts";

interface Fake {
  readonly bytes: number;
  destroyed: boolean;
}

function pool(limits = { perSize: 2, largestBytes: 1024, totalBytes: 2048 }): BufferPool<Fake> {
  return new BufferPool<Fake>(
    (bytes) => ({ bytes, destroyed: false }),
    (buffer) => {
      buffer.destroyed = true;
    },
    limits,
  );
}

describe("BufferPool", () => {
  test("[P1] sizes are rounded up to 16 bytes and an empty tensor has a buffer", () => {
    expect([0, 1, 4, 16, 17].map(bufferBytes)).toEqual([16, 16, 16, 16, 32]);
  });

  test("[P2] a buffer given back serves the next request of its size, and is no longer known to be zero", () => {
    const buffers = pool();
    const first = buffers.take(20);
    expect(first.fresh).toBe(true);
    buffers.give(first);
    const again = buffers.take(30);
    expect(again.id).toBe(first.id);
    expect(again.fresh).toBe(false);
    expect(buffers.take(48).id).not.toBe(first.id);
  });

  test("[P3] at most perSize buffers of a size are kept, and none larger than largestBytes", () => {
    const buffers = pool();
    const three = [buffers.take(64), buffers.take(64), buffers.take(64)];
    three.forEach((buffer) => buffers.give(buffer));
    expect(three.map((pooled) => pooled.buffer.destroyed)).toEqual([false, false, true]);
    const large = buffers.take(2000);
    buffers.give(large);
    expect(large.buffer.destroyed).toBe(true);
  });

  test("[P4] above totalBytes the longest unused sizes go first", () => {
    const buffers = pool({ perSize: 4, largestBytes: 1024, totalBytes: 1100 });
    const [old, recent] = [buffers.take(512), buffers.take(1024)];
    buffers.give(old);
    buffers.give(recent);
    expect([old.buffer.destroyed, recent.buffer.destroyed]).toEqual([true, false]);
    expect(buffers.freeBytes).toBe(1024);
    buffers.trim(0);
    expect(buffers.freeBytes).toBe(0);
  });
});
