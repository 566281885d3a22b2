import { describe, expect, test } from "vitest";
import { bucketBytes, bufferBytes } from "../ledger.ts";
import { BufferPool } from "./pool.ts";

interface Fake {
  readonly bytes: number;
  destroyed: boolean;
}

function pool(
  limits = { perSize: 2, smallBytes: 0, largestBytes: 1024, totalBytes: 2048 },
): BufferPool<Fake> {
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

  test("[P5] buckets are multiples of 16, hold what they are for, never shrink, and waste at most one byte in eight", () => {
    let last = 0;
    for (let bytes = 0; bytes < 2 ** 28; bytes = Math.ceil((bytes + 1) * 1.013)) {
      const bucket = bucketBytes(bytes);
      expect(bucket % 16).toBe(0);
      expect(bucket).toBeGreaterThanOrEqual(Math.max(last, bytes));
      expect(bucket - bufferBytes(bytes)).toBeLessThanOrEqual(Math.min(bucket / 8, 2 ** 20));
      expect(bucketBytes(bufferBytes(bytes))).toBe(bucket);
      expect(bucketBytes(bucket)).toBe(bucket);
      last = bucket;
    }
    const round = [1, 1.25, 1.5, 1.75].flatMap((factor) =>
      [256, 2 ** 16, 2 ** 24].map((size) => size * factor),
    );
    expect(round.map(bucketBytes)).toEqual(round);
  });

  test("[P6] a buffer of a bucket serves near sizes and says how much of it is in use", () => {
    const buffers = pool();
    const first = buffers.take(1000);
    expect([first.bytes, first.capacity]).toEqual([1008, 1024]);
    buffers.give(first);
    expect(buffers.freeBytes).toBe(1024);
    const again = buffers.take(970);
    expect([again.id, again.bytes, again.capacity]).toEqual([first.id, 976, 1024]);
    expect(buffers.freeBytes).toBe(0);
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

  test("[P8] the oldest free buffer is taken, so that the same requests get the same buffers again and again", () => {
    const buffers = pool({ perSize: 8, smallBytes: 0, largestBytes: 1024, totalBytes: 2048 });
    const [a, b, c] = [buffers.take(64), buffers.take(64), buffers.take(64)];
    for (const order of [
      [b, a, c],
      [c, b, a],
    ]) {
      for (const buffer of order) buffers.give(buffer);
      expect([64, 64, 64].map((bytes) => buffers.take(bytes).id)).toEqual([a.id, b.id, c.id]);
    }
  });

  test("[P9] of small buffers more than perSize are kept, as far as smallBytes goes", () => {
    const buffers = pool({ perSize: 2, smallBytes: 256, largestBytes: 1024, totalBytes: 2048 });
    for (const [size, kept] of [
      [64, 4],
      [512, 2],
    ] as const) {
      const five = Array.from({ length: 5 }, () => buffers.take(size));
      five.forEach((buffer) => buffers.give(buffer));
      expect(five.filter((pooled) => !pooled.buffer.destroyed)).toHaveLength(kept);
      buffers.trim(0);
    }
  });

  test("[P7] while commands are encoded nothing is destroyed, and what was given back can be taken again", () => {
    const buffers = pool();
    const given = [1, 2, 3, 4].map(() => buffers.take(64));
    const large = buffers.take(2000);
    buffers.whileEncoding(() => {
      for (const buffer of [...given, large]) buffers.give(buffer);
      buffers.trim(64);
      expect([...given, large].some(({ buffer }) => buffer.destroyed)).toBe(false);
      expect(buffers.take(2000).id).toBe(large.id);
    });
    expect(given.filter(({ buffer }) => !buffer.destroyed)).toHaveLength(1);
    expect([large.buffer.destroyed, buffers.freeBytes]).toEqual([false, bucketBytes(64)]);
  });

  test("[P4] above totalBytes the longest unused sizes go first", () => {
    const buffers = pool({ perSize: 4, smallBytes: 0, largestBytes: 1024, totalBytes: 1100 });
    const [old, recent] = [buffers.take(512), buffers.take(1024)];
    buffers.give(old);
    buffers.give(recent);
    expect([old.buffer.destroyed, recent.buffer.destroyed]).toEqual([true, false]);
    expect(buffers.freeBytes).toBe(1024);
    buffers.trim(0);
    expect(buffers.freeBytes).toBe(0);
  });
});
