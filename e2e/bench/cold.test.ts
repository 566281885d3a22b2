import { expect, test, vi } from "vitest";
import { isColdRun, watchForColdRun } from "./cold.ts";

test("[B9] a page is a cold run from when the harness asks for inputs by themselves", () => {
  const host = vi.fn<(id: string) => void>();
  vi.stubGlobal("bench", { host });
  watchForColdRun();
  expect(isColdRun()).toBe(false);
  (globalThis as unknown as { bench: { host: (id: string) => void } }).bench.host("matmul-256");
  expect(host).toHaveBeenCalledWith("matmul-256");
  expect(isColdRun()).toBe(true);
  vi.unstubAllGlobals();
});
