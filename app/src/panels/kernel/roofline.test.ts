import { expect, test } from "vitest";
import { shareOfBest } from "./roofline.ts";

const speed = { gflops: 100, gigabytesPerSecond: 10 };

test("[R1] work that needs many bytes for its operations is held against memory, other work against arithmetic", () => {
  // 10 MB take 1 ms at best, 1 million operations 0.01 ms.
  expect(shareOfBest({ flops: 1e6, moved: 1e7, milliseconds: 4 }, speed)).toEqual({
    share: 0.25,
    limit: "memory",
    best: 1,
  });
  expect(shareOfBest({ flops: 4e8, moved: 1e7, milliseconds: 5 }, speed)).toEqual({
    share: 0.8,
    limit: "arithmetic",
    best: 4,
  });
});
