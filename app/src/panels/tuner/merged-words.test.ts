import { expect, test } from "vitest";
import { mergedWords } from "./merged-words.ts";

test("[T76] what came of a file with results", () => {
  const merged = { adapter: "llvmpipe", measured: "here", kernels: 3, learned: 2 } as const;
  expect(mergedWords("a.json", merged)).toBe(
    "a.json has results of 3 kernels, measured on such a device: 2 taken, used from the next run on. 1 kernel had nothing new.",
  );
  expect(mergedWords("a.json", { ...merged, measured: "elsewhere" })).toBe(
    "a.json has results of 3 kernels, measured on another device (llvmpipe). They choose nothing here: what was the fastest there is tried first.",
  );
  expect(mergedWords("a.json", { ...merged, measured: "compiler", kernels: 1 })).toMatch(
    /1 kernel, measured by another version/,
  );
});
