import { describe, expect, test } from "vitest";
import { Fault } from "@tilebook/base";
import { bucketBytes, fittingShape, MemoryLedger, readableBytes } from "./ledger.ts";

const type = { dtype: "f32", shape: [512, 1024] } as const;

describe("MemoryLedger", () => {
  test("[L1] counts live and peak bytes in real buffer sizes", () => {
    const ledger = new MemoryLedger(1 << 20);
    ledger.claim({ type: { dtype: "f32", shape: [1] }, bytes: 4 });
    ledger.claim({ type: { dtype: "f32", shape: [8] }, bytes: 32 });
    ledger.release(4);
    expect([ledger.liveBytes, ledger.peakBytes]).toEqual([32, 48]);
  });

  test("[L2] refuses beyond the budget, naming shape, size, budget and a way out, and counts nothing", () => {
    const ledger = new MemoryLedger(3 * 2 ** 20);
    ledger.claim({ type, bytes: 2 ** 21 });
    const span = { source: "c1", start: 3, end: 9 };
    expect(() => ledger.claim({ type, bytes: 2 ** 21, span })).toThrow(
      expect.objectContaining({
        code: "executor/out-of-memory",
        message:
          "no memory for a tensor f32 [512, 1024]: it needs 2 MiB, and 2 MiB of the budget of 3 MiB are in use",
        hint: expect.stringContaining("in pieces") as string,
        span,
      }),
    );
    expect(ledger.liveBytes).toBe(2 ** 21);
  });

  test("[L3] says so when the tensor can never fit", () => {
    const ledger = new MemoryLedger(2 ** 20);
    expect(() => ledger.claim({ type, bytes: 2 ** 21 })).toThrow(
      expect.objectContaining({ hint: expect.stringContaining("never fit") as string }),
    );
  });

  test("[L5] names a shape that fits into what is left", () => {
    const hintOf = (ledger: MemoryLedger): unknown => {
      try {
        ledger.claim({ type, bytes: 2 ** 21 });
      } catch (error) {
        return error instanceof Fault ? error.hint : error;
      }
      return "it fits";
    };
    const ledger = new MemoryLedger(3 * 2 ** 20);
    ledger.claim({ type, bytes: 2 ** 21 });
    expect(hintOf(ledger)).toMatch(/^\[512, 512\] would fit; or delete/);
    expect(hintOf(new MemoryLedger(2 ** 20))).toMatch(/^it can never fit: \[512, 512\] would fit; or/);
    expect(hintOf(new MemoryLedger(100))).toMatch(/^it can never fit: compute it in pieces/);
    const tight = new MemoryLedger(2 ** 20 - 16, bucketBytes);
    const shape = fittingShape({ type, bytes: 2 ** 21 }, tight.room, bucketBytes) ?? [];
    expect(tight.sizeOf(4 * (shape[0] ?? 0) * (shape[1] ?? 0))).toBeLessThanOrEqual(tight.room);
    expect(shape[1]).toBeGreaterThan(400);
  });

  test("[L4] sizes read well", () => {
    expect([12, 2048, 1.5 * 2 ** 20, 3 * 2 ** 30].map(readableBytes)).toEqual([
      "12 B",
      "2 KiB",
      "1.5 MiB",
      "3 GiB",
    ]);
  });
});
