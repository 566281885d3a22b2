import { describe, expect, test } from "vitest";
import { MemoryLedger, readableBytes } from "./ledger.ts";

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

  test("[L4] sizes read well", () => {
    expect([12, 2048, 1.5 * 2 ** 20, 3 * 2 ** 30].map(readableBytes)).toEqual([
      "12 B",
      "2 KiB",
      "1.5 MiB",
      "3 GiB",
    ]);
  });
});
