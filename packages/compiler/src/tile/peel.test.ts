// The interpreter is the truth here, and only here: the compiler itself never looks at it.
import { runTileKernel } from "@tilebook/interp";
import { type LaunchNumbers, printTile, readTile, type TileKernel, verifyTile } from "@tilebook/ir";
import { soundKernel } from "@tilebook/ir/testing";
import { describe, expect, test } from "vitest";
import { simplifyMasks } from "./masks.ts";
import { peelLoops } from "./peel.ts";

const head = "kernel k(%x.0: ptr<f32, read>, %y.1: ptr<f32, write>, %n.2: i32) {";

function kernel(...body: readonly string[]): TileKernel {
  const made = readTile(`${[head, ...body, "}"].join("\n")}\n`);
  verifyTile(made);
  return made;
}

function linesOf(made: TileKernel): readonly string[] {
  const lines = printTile(made).split("\n");
  return lines.slice(1, lines.lastIndexOf("}")).map((line) => line.trim());
}

/** The sum of x, 4 a turn, with more in each turn. */
function sumOf(...more: readonly string[]): TileKernel {
  return kernel(
    "%3: i32 = const 0",
    "%4: i32[4] = arange 0 4",
    "%5: i32[4] = broadcast %n.2",
    "%6: f32 = const 0",
    "%total.7: f32 = for %at.8 = %3 to %n.2 step 4 carry %total.9 = %6 {",
    "%10: i32[4] = broadcast %at.8",
    "%11: i32[4] = add %10, %4",
    "%12: bool[4] = lt %11, %5",
    "%13: f32[4] = load %x.0[%11], mask %12",
    "%14: f32 = reduce sum %13 axis 0",
    "%15: f32 = add %total.9, %14",
    ...more,
    "yield %15",
    "}",
    "store %y.1[%3], %total.7",
  );
}

const launched = (n: number): LaunchNumbers => ({ grid: [1, 1, 1], scalars: [n] });

/** All that a launch leaves in y, to the bit. */
function left(made: TileKernel, n: number): string {
  const x = Float64Array.from({ length: 16 }, (_, at) => 0.1 + at / 3);
  const y = Float64Array.from({ length: 16 }, () => -1);
  runTileKernel(made, [1, 1, 1], [x, y, n]);
  return y.join(" ");
}

describe("peeling", () => {
  test("[L1] whole steps need no mask; the last one keeps it, and hands on what the others carried", () => {
    const peeled = peelLoops(sumOf(), launched(10));
    verifyTile(peeled);
    expect(linesOf(peeled)).toEqual([
      "%3: i32 = const 0",
      "%4: i32[4] = arange 0 4",
      "%5: i32[4] = broadcast %n.2",
      "%6: f32 = const 0",
      "%16: i32 = sub %n.2, %3",
      "%17: i32 = const 4",
      "%18: i32 = mod %16, %17",
      "%19: i32 = sub %n.2, %18",
      "%total.22: f32 = for %at.8 = %3 to %19 step 4 carry %total.9 = %6 {",
      "%10: i32[4] = broadcast %at.8",
      "%11: i32[4] = add %10, %4",
      "%13: f32[4] = load %x.0[%11]",
      "%14: f32 = reduce sum %13 axis 0",
      "%15: f32 = add %total.9, %14",
      "yield %15",
      "}",
      "%total.7: f32 = for %at.20 = %19 to %n.2 step 4 carry %total.21 = %total.22 {",
      "%23: i32[4] = broadcast %at.20",
      "%24: i32[4] = add %23, %4",
      "%25: bool[4] = lt %24, %5",
      "%26: f32[4] = load %x.0[%24], mask %25",
      "%27: f32 = reduce sum %26 axis 0",
      "%28: f32 = add %total.21, %27",
      "yield %28",
      "}",
      "store %y.1[%3], %total.7",
    ]);
    for (const n of [5, 6, 7, 9, 10, 13]) expect(left(peeled, n)).toBe(left(sumOf(), n));
  });

  test("[L2] not where the steps come out even, nor where one turn is all, nor what speaks", () => {
    for (const n of [0, 3, 4, 8, 12]) {
      const plain = sumOf();
      expect(peelLoops(plain, launched(n))).toBe(plain);
    }
    const speaks = sumOf('print "so far" %15');
    expect(peelLoops(speaks, launched(10))).toBe(speaks);
  });

  test("[L3] not where no mask goes by it", () => {
    const plain = kernel(
      "%3: i32 = const 0",
      "%4: f32 = const 1",
      "for %at.5 = %3 to %n.2 step 4 {",
      "store %y.1[%at.5], %4",
      "}",
    );
    expect(peelLoops(plain, launched(10))).toBe(plain);
  });

  test("[L4] stores stay in their order, and in branches too", () => {
    const stores = kernel(
      "%3: i32 = const 0",
      "%4: i32[4] = arange 0 4",
      "%5: i32[4] = broadcast %n.2",
      "%6: bool = lt %3, %n.2",
      "if %6 {",
      "for %at.8 = %3 to %n.2 step 4 {",
      "%10: i32[4] = broadcast %at.8",
      "%11: i32[4] = add %10, %4",
      "%12: bool[4] = lt %11, %5",
      "%13: f32[4] = load %x.0[%11], mask %12",
      "store %y.1[%4], %13, mask %12",
      "}",
      "} else {",
      "}",
    );
    const peeled = peelLoops(stores, launched(10));
    expect(peeled).not.toBe(stores);
    verifyTile(peeled);
    for (const n of [6, 10, 11]) expect(left(peeled, n)).toBe(left(stores, n));
  });

  test("[L5] a random kernel stays valid and keeps its results to the bit", () => {
    let changed = 0;
    for (let seed = 1; seed <= 150; seed++) {
      const { kernel: sound, grid, arguments: given } = soundKernel(seed);
      const launch = { grid, scalars: given.filter((item) => typeof item === "number") };
      const plain = simplifyMasks(sound, launch);
      const peeled = peelLoops(plain, launch);
      verifyTile(peeled);
      if (peeled !== plain) changed += 1;
      const results = [plain, peeled].map((one) => {
        const args = given.map((item) => (typeof item === "number" ? item : item.values.slice()));
        runTileKernel(one, grid, args);
        return args.join(" ");
      });
      expect(results[0] === results[1], `seed ${seed}`).toBe(true);
    }
    expect(changed).toBeGreaterThan(5);
  });
});
