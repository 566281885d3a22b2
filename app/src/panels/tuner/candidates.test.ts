import type { Tunable } from "@tilebook/runtime";
import { expect, test } from "vitest";
import { gainOf, rowsOf, splitRows } from "./candidates.ts";

const tunable: Tunable = {
  key: "k",
  kernel: "matmul",
  grid: [4, 1, 1],
  costMs: 3,
  configs: 6,
  used: "b",
  pinned: "c",
  tuning: {
    key: "k",
    kernel: "matmul",
    winner: "b",
    clock: "gpu",
    complete: true,
    candidates: [
      { config: "a", status: "measured", milliseconds: 4 },
      { config: "w", status: "wrong", reason: "its normalised error is 1e-2" },
      { config: "b", status: "measured", milliseconds: 2 },
      { config: "s", status: "slow", milliseconds: 20, reason: "more than three times the best" },
      { config: "c", status: "measured", milliseconds: 3 },
      { config: "e", status: "same", reason: 'the same code as {"blocks":{"m":8}}' },
    ],
  },
};

test("[T72] the fastest first, then what was too slow, then what has no time", () => {
  const rows = rowsOf(tunable);
  expect(rows.map(({ config, result }) => [config, result])).toEqual([
    ["b", "2 ms"],
    ["c", "3 ms"],
    ["a", "4 ms"],
    ["s", "20 ms, too slow"],
    ["w", "wrong"],
    ["e", "same code"],
  ]);
  expect(rows.map(({ bar }) => bar)).toEqual([0.1, 0.15, 0.2, 1, 0, 0]);
  expect(rows.at(-1)?.reason).toBe("the same code as m 8");
  expect(rows.find(({ isUsed }) => isUsed)?.config).toBe("b");
  expect(rows.find(({ isPinned }) => isPinned)?.config).toBe("c");
});

test("[T74] what was the fastest elsewhere stands after the times, said so, once", () => {
  const record = { device: "d", adapter: "llvmpipe", key: "k", milliseconds: 1.5 };
  const elsewhere = ["x", "a"].map((config) => ({ ...record, config }));
  const rows = rowsOf({ ...tunable, elsewhere });
  expect(rows.map(({ config }) => config)).toEqual(["b", "c", "a", "s", "x", "w", "e"]);
  const told = rows.filter(({ isElsewhere }) => isElsewhere);
  expect(told.map(({ result, reason }) => [result, reason])).toEqual([
    ["4 ms", "1.5 ms on llvmpipe, the fastest there"],
    ["not tried here", "1.5 ms on llvmpipe, the fastest there"],
  ]);
  const { tuning: _, ...untuned } = tunable;
  const [recorded] = rowsOf({ ...untuned, recorded: { ...record, config: "b" } });
  expect(recorded).toMatchObject({ config: "b", isUsed: true, result: "not tried here" });
});

test("[T75] rows that say only why there is no time stand apart", () => {
  const [shown, apart] = splitRows(rowsOf({ ...tunable, used: "w" }));
  expect(shown.map(({ config }) => config)).toEqual(["b", "c", "a", "s", "w"]);
  expect(apart.map(({ config }) => config)).toEqual(["e"]);
});

test("[T73] what was gained, where something was", () => {
  expect(gainOf(tunable)).toBe("2.0 times as fast as untuned");
  expect(gainOf({ ...tunable, used: "a" })).toBeUndefined();
  const { tuning: _, ...untuned } = tunable;
  expect(gainOf(untuned)).toBeUndefined();
  expect(rowsOf(untuned)).toEqual([]);
});
