import { expect, test } from "vitest";
import { configWords } from "./config-words.ts";

test("[T70] a config in words", () => {
  const config = {
    blocks: { k: 4, m: 32, n: 64 },
    schedule: { across: 4, operands: "subgroup", threads: 16, unroll: 64 },
  };
  expect(configWords(JSON.stringify(config))).toBe(
    "blocks m 32, n 64, k 4; 16 threads, 4 across; straight code up to 64 registers; operands by subgroup",
  );
  expect(configWords('{"schedule":{"across":1,"operands":"own","threads":4,"unroll":16}}')).toBe(
    "4 threads, 1 across; straight code up to 16 registers",
  );
  expect(configWords("{}")).toBe("the compiler's own guess");
});

test("[T71] what is not known is told as it stands", () => {
  expect(configWords('{"blocks":{"rows":8},"split":{"k":2},"schedule":{"ahead":1}}')).toBe(
    'blocks rows 8; ahead 1; split {"k":2}',
  );
  expect(configWords("not JSON")).toBe("not JSON");
  expect(configWords("3")).toBe("3");
});
