import { describe, expect, test } from "vitest";
import { readTile } from "../text/read-tile.ts";
import { apartOf } from "./apart.ts";

/** A kernel over a buffer y that is written; its scalars are n and w. */
function kernel(...body: readonly string[]) {
  const head = "kernel k(%y.0: ptr<f32, readwrite>, %n.1: i32, %w.2: i32) {";
  return readTile([head, ...body.map((line) => `  ${line}`), "}"].join("\n"));
}

function apart(body: readonly string[], w = 64): boolean {
  const facts = { grid: [4, 1, 1], scalars: new Map(Object.entries({ n: 64, w })) } as const;
  return apartOf(kernel(...body), facts).has("y");
}

const tile = [
  "%3: i32 = programId 0",
  "%4: i32 = const 8",
  "%5: i32 = mul %3, %4",
  "%6: i32[8] = arange 0 8",
  "%7: i32[8] = broadcast %5",
  "%8: i32[8] = add %7, %6",
  "%9: i32[8, 1] = reshape %8",
  "%10: i32[8, 1] = broadcast %2",
  "%11: i32[8, 1] = mul %9, %10",
  "%12: i32[8, 16] = broadcast %11",
  "%13: i32[16] = arange 0 16",
  "%14: i32[1, 16] = reshape %13",
  "%15: i32[8, 16] = broadcast %14",
  "%16: i32[8, 16] = add %12, %15",
  "%17: f32 = const 1",
  "%18: f32[8, 16] = broadcast %17",
];

const inLoop = (access: readonly string[], index: number): readonly string[] => [
  `for %${index} = %19 to %1 step 16 {`,
  `  %${index + 1}: i32[8, 16] = broadcast %${index}`,
  `  %${index + 2}: i32[8, 16] = add %16, %${index + 1}`,
  ...access.map((line) => `  ${line}`),
  "}",
];
/** The access where the column, from this index on, is below the limit. */
const masked = (access: string, index: number, limit = "%2"): readonly string[] => [
  `%${index + 3}: i32[1, 16] = broadcast %${index}`,
  `%${index + 4}: i32[1, 16] = add %14, %${index + 3}`,
  `%${index + 5}: i32[1, 16] = broadcast ${limit}`,
  `%${index + 6}: bool[1, 16] = lt %${index + 4}, %${index + 5}`,
  `%${index + 7}: bool[8, 16] = broadcast %${index + 6}`,
  `${access}, mask %${index + 7}`,
];
const zero = "%19: i32 = const 0";

describe("buffers whose elements belong to one place", () => {
  test("[P1] rows in blocks of columns, written in one loop and changed in another", () => {
    const write = inLoop(["store %y.0[%22], %18"], 20);
    const change = inLoop(["%33: f32[8, 16] = load %y.0[%32]", "store %y.0[%32], %33"], 30);
    expect(apart([...tile, zero, ...write])).toBe(true);
    expect(apart([...tile, zero, ...write, ...change])).toBe(true);
  });

  test("[P2] not where rows reach into each other, nor where turns do", () => {
    const write = inLoop(["store %y.0[%22], %18"], 20);
    expect(apart([...tile, zero, ...write], 60)).toBe(false);
    const again = inLoop(["store %y.0[%16], %18"], 20);
    expect(apart([...tile, zero, ...again])).toBe(true);
  });

  test("[P3] not where one access looks at its neighbour's element", () => {
    const neighbour = [
      "%40: i32 = const 1",
      "%41: i32[8, 16] = broadcast %40",
      "%42: i32[8, 16] = add %16, %41",
      "%43: f32[8, 16] = load %y.0[%42]",
      "store %y.0[%16], %43",
    ];
    expect(apart([...tile, ...neighbour])).toBe(false);
  });

  test("[P4] not where many places are one element, nor for single elements", () => {
    expect(apart([...tile, "%40: i32[8, 16] = broadcast %15", "store %y.0[%40], %18"])).toBe(false);
    expect(apart(["%3: i32 = const 0", "%4: f32 = const 1", "store %y.0[%3], %4"])).toBe(false);
  });

  test("[P5] rows that a mask ends do not reach into each other; with two masks there is no telling", () => {
    const write = inLoop(masked("store %y.0[%22], %18", 20), 20);
    const read = inLoop(masked("%48: f32[8, 16] = load %y.0[%42]", 40), 40);
    const less = inLoop(masked("%48: f32[8, 16] = load %y.0[%42]", 40, "%4"), 40);
    expect(apart([...tile, zero, ...write], 60)).toBe(true);
    expect(apart([...tile, zero, ...write], 61)).toBe(true);
    expect(apart([...tile, zero, ...write, ...read], 60)).toBe(true);
    expect(apart([...tile, zero, ...write, ...less], 60)).toBe(false);
    const beyond = inLoop(masked("store %y.0[%22], %18", 20, "%1"), 20);
    expect(apart([...tile, zero, ...beyond], 60)).toBe(false);
  });
});
