// The interpreter is the truth here, and only here: the compiler itself never looks at it.
import { runTileKernel } from "@tilebook/interp";
import { printTile, readTile, type TileKernel, verifyTile } from "@tilebook/ir";
import { type SoundKernel, soundKernel } from "@tilebook/ir/testing";
import { describe, expect, test } from "vitest";
import { dropDeadTiles } from "./dead.ts";
import { foldConstants } from "./fold.ts";
import { hoistFromLoops } from "./hoist.ts";
import { simplifyMasks } from "./masks.ts";
import { mergeEqual } from "./merge.ts";
import { tilePasses } from "./passes.ts";

const head = "kernel k(%x.0: ptr<f32, read>, %y.1: ptr<f32, write>, %n.2: i32) {";

/** The body after a pass, without indentation. */
function after(pass: (kernel: TileKernel) => TileKernel, ...body: readonly string[]): readonly string[] {
  const kernel = readTile(`${[head, ...body, "}"].join("\n")}\n`);
  verifyTile(kernel);
  const result = pass(kernel);
  verifyTile(result);
  const lines = printTile(result).split("\n");
  return lines.slice(1, lines.lastIndexOf("}")).map((line) => line.trim());
}

describe("tile passes", () => {
  test("[T1] fold: an op on constants is a constant, with integer wrap", () => {
    const body = [
      "%3: i32 = const 65536",
      "%4: i32 = mul %3, %3",
      "%5: i32 = add %4, %3",
      "%6: f32 = load %x.0[%5]",
      "store %y.1[%5], %6",
    ];
    expect(after(foldConstants, ...body).slice(1, 3)).toEqual(["%4: i32 = const 0", "%5: i32 = const 65536"]);
  });

  test("[T2] merge: an equal value is computed once, loads of read-only memory too", () => {
    const body = [
      "%3: i32[8] = arange 0 8",
      "%4: i32[8] = arange 0 8",
      "%5: f32[8] = load %x.0[%3]",
      "%6: f32[8] = load %x.0[%4]",
      "%7: f32[8] = add %5, %6",
      "store %y.1[%4], %7",
    ];
    expect(after(mergeEqual, ...body)).toEqual([
      "%3: i32[8] = arange 0 8",
      "%5: f32[8] = load %x.0[%3]",
      "%7: f32[8] = add %5, %5",
      "store %y.1[%3], %7",
    ]);
  });

  test("[T3] masks: what the ranges decide is no mask; what they do not stays", () => {
    const body = [
      "%3: i32[8] = arange 0 8",
      "%4: i32 = const 8",
      "%5: i32[8] = broadcast %4",
      "%6: bool[8] = lt %3, %5",
      "%7: i32[8] = broadcast %n.2",
      "%8: bool[8] = lt %3, %7",
      "%9: bool[8] = and %6, %8",
      "%10: f32[8] = load %x.0[%3], mask %6",
      "store %y.1[%3], %10, mask %9",
    ];
    const lines = after((kernel) => dropDeadTiles(simplifyMasks(kernel)), ...body);
    expect(lines).toEqual([
      "%3: i32[8] = arange 0 8",
      "%7: i32[8] = broadcast %n.2",
      "%8: bool[8] = lt %3, %7",
      "%10: f32[8] = load %x.0[%3]",
      "store %y.1[%3], %10, mask %8",
    ]);
  });

  test("[T4] dead: a carried value that only feeds itself goes, and so does its loop", () => {
    const body = [
      "%3: i32 = const 0",
      "%4: f32 = const 1",
      "%5: f32 = for %6 = %3 to %n.2 step 1 carry %7 = %4 {",
      "%8: f32 = add %7, %4",
      "yield %8",
      "}",
      "store %y.1[%3], %4",
    ];
    expect(after(dropDeadTiles, ...body)).toEqual([
      "%3: i32 = const 0",
      "%4: f32 = const 1",
      "store %y.1[%3], %4",
    ]);
  });

  test("[T4] dead: a loop stays when only what kept it going is read afterwards", () => {
    const body = [
      "%3: i32 = const 0",
      "%4: bool = const 1",
      "%5: bool = for %6 = %3 to %n.2 step 1 while %7 carry %7 = %4 {",
      "%8: bool = lt %6, %3",
      "yield %8",
      "}",
      "%9: f32 = cast %5",
      "store %y.1[%3], %9",
    ];
    expect(after(dropDeadTiles, ...body)).toEqual(body);
  });

  test("[T5] hoist: what no turn changes moves before the loop", () => {
    const body = [
      "%3: i32 = const 0",
      "%4: f32 = const 1",
      "%5: f32 = for %6 = %3 to %n.2 step 1 carry %7 = %4 {",
      "%8: f32 = load %x.0[%3]",
      "%9: f32 = add %7, %8",
      "yield %9",
      "}",
      "store %y.1[%3], %5",
    ];
    const lines = after(hoistFromLoops, ...body);
    expect(lines.indexOf("%8: f32 = load %x.0[%3]")).toBe(2);
  });

  test("[T6] every pass keeps a random kernel valid and its results to the bit", () => {
    for (let seed = 1; seed <= 60; seed++) {
      const sound = soundKernel(seed);
      const wanted = interpret(sound);
      tilePasses.reduce((before, pass) => {
        const kernel = pass.run(before);
        verifyTile(kernel);
        expect(interpret({ ...sound, kernel }) === wanted, `${pass.name}, seed ${seed}`).toBe(true);
        return kernel;
      }, sound.kernel);
    }
  });
});

/** Everything that a launch leaves in its buffers. */
function interpret({ kernel, grid, arguments: given }: SoundKernel): string {
  const args = given.map((item) => (typeof item === "number" ? item : item.values.slice()));
  runTileKernel(kernel, grid, args);
  return args.join(" ");
}
