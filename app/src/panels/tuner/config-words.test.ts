import { expect, test } from "vitest";
import { configWords } from "./config-words.ts";

test("[T70] a config in words", () => {
  const config = {
    blocks: { k: 4, m: 32, n: 64 },
    schedule: { across: 4, operands: "subgroup", products: "matrix", threads: 16, unroll: 64 },
  };
  expect(configWords(JSON.stringify(config))).toBe(
    "blocks of 32 × 64; 4 steps of k at once; 16 threads, 4 side by side; loops unrolled up to 64 values; operands shared by subgroups; products by matrices",
  );
  expect(configWords('{"schedule":{"across":1,"operands":"own","threads":4,"unroll":16}}')).toBe(
    "4 threads, one below the other; loops unrolled up to 16 values",
  );
  expect(configWords('{"blocks":{"block":4096}}')).toBe("4,096 elements at once");
  expect(configWords('{"blocks":{"keys":4,"queries":16,"split":1}}')).toBe(
    "16 queries and 4 keys at once; keys that all see in a loop without the mask",
  );
  expect(configWords('{"blocks":{"block":64,"parts":16}}')).toBe(
    "64 elements at once; in 16 parts, put together by a second launch",
  );
  expect(configWords('{"schedule":{"ahead":true,"operands":"own"}}')).toBe("loops read a turn ahead");
  expect(configWords('{"peeled":true}')).toBe("last turns apart");
  expect(configWords("{}")).toBe("the compiler's own guess");
});

test("[T71] what is not known is told as it stands", () => {
  expect(configWords('{"blocks":{"rows":8},"split":{"k":2},"schedule":{"beyond":1}}')).toBe(
    'rows 8; beyond 1; split {"k":2}',
  );
  expect(configWords("not JSON")).toBe("not JSON");
  expect(configWords("3")).toBe("3");
});
