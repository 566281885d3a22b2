// The interpreter is the truth here, and only here: the compiler itself never looks at it.
import { type FaultData, seeded } from "@tilebook/base";
import { runTileKernel } from "@tilebook/interp";
import {
  type ForOp,
  type LaunchNumbers,
  printTile,
  readTile,
  type TileKernel,
  verifyTile,
  walkOps,
} from "@tilebook/ir";
import { lowerKernel } from "@tilebook/lang";
import { describe, expect, test } from "vitest";
import { compileKernel } from "../../compile.ts";
import { launchWork } from "../../counts.ts";
import { portableTarget } from "../../program.ts";
import { Scalars } from "../../scalars.ts";
import { simplifyMasks } from "../masks.ts";
import { shortenLoops } from "./shorten.ts";

function kernelOf(text: string): TileKernel {
  return lowerKernel({ source: "cell", text: `const k = kernel(${text});`, kernel: "k0", captured: {} });
}

/** Index of the first turn of the only loop and where it ends, in each program along the first axis. */
function turnsOf(kernel: TileKernel, { grid, scalars }: LaunchNumbers): readonly (readonly number[])[] {
  const loops: ForOp[] = [];
  walkOps(kernel.body, (op) => {
    if (op.kind === "for") loops.push(op);
  });
  const [loop] = loops;
  if (loop === undefined || loops.length > 1) throw new Error("there must be one loop");
  return Array.from({ length: grid[0] ?? 1 }, (_, program) => {
    const known = new Scalars(kernel, { grid, scalars, program: [program, 0, 0] });
    const [from = Number.NaN, end = Number.NaN] = [known.of(loop.lower), known.of(loop.upper)];
    return from < end
      ? Array.from({ length: Math.ceil((end - from) / loop.step) }, (__, at) => from + at * loop.step)
      : [];
  });
}

interface Sizes {
  readonly rows: number;
  readonly columns: number;
  readonly step?: number;
  /** Where the loop begins. */
  readonly first?: string;
}

/** Sums of x over the columns that the mask shows to each row. */
function masked(mask: string, { rows, columns, step = columns, first = "0" }: Sizes, more = ""): TileKernel {
  return kernelOf(`(x: Ptr, y: Ptr, n: i32, w: i32) => {
    const rows = programId(0) * ${rows} + arange(${rows});
    const row = expand(rows, 1);
    let total = zeros([${rows}]);
    for (const j of range(${first}, n, ${step})) {
      const column = expand(j + arange(${columns}), 0);
      const seen = ${mask};
      total += sum(where(seen, load(x + column, column >= 0 && column < n), 0), 1);
      ${more}
    }
    store(y + rows, total);
  }`);
}

const launched = (programs: number, n: number, w: number): LaunchNumbers => ({
  grid: [programs, 1, 1],
  scalars: [n, w],
});

function shortenedTo(kernel: TileKernel, launch: LaunchNumbers): TileKernel {
  const shortened = shortenLoops(simplifyMasks(kernel, launch), launch);
  verifyTile(shortened);
  return shortened;
}

/** All that a launch leaves in y, to the bit. */
function left(kernel: TileKernel, { grid: [programs = 1], scalars }: LaunchNumbers): string {
  const x = Float64Array.from({ length: 128 }, (_, at) => 0.1 + at / 3);
  const y = Float64Array.from({ length: 128 }, () => -1);
  runTileKernel(kernel, [programs, 1, 1], [x, y, ...scalars]);
  return y.join(" ");
}

type Mask = (row: number, column: number, w: number) => boolean;

/** Masks as a person writes them, and what they mean: all of these. */
const masks: readonly (readonly [string, readonly Mask[]])[] = [
  ["row >= column", [(row, column) => row >= column]],
  ["row > column", [(row, column) => row > column]],
  ["column <= row && column < n", [(row, column) => column <= row]],
  ["!(column > row)", [(row, column) => column <= row]],
  ["row - column < w", [(row, column, w) => row - column < w]],
  [
    "row >= column && row - column < w",
    [(row, column) => row >= column, (row, column, w) => row - column < w],
  ],
  [
    "row - column <= w && column - row <= w",
    [(row, column, w) => row - column <= w, (row, column, w) => column - row <= w],
  ],
  ["row >= column || column < w", [(row, column, w) => row >= column || column < w]],
  ["column < w", [(_, column, w) => column < w]],
  ["column + w >= row && column < n", [(row, column, w) => column + w >= row]],
  ["row == column", [(row, column) => row >= column, (row, column) => row <= column]],
  ["column >= w && row >= column", [(_, column, w) => column >= w, (row, column) => row >= column]],
];

const sizes: readonly Sizes[] = [
  { rows: 4, columns: 4 },
  { rows: 8, columns: 2 },
  { rows: 2, columns: 8 },
  { rows: 4, columns: 4, step: 3 },
  { rows: 4, columns: 1 },
  { rows: 4, columns: 4, first: "3" },
];

/** The turns in which each of the masks is true somewhere. */
function wanted(
  all: readonly Mask[],
  { rows, columns, step = columns, first = "0" }: Sizes,
  { grid: [programs = 1], scalars: [n = 0, w = 0] }: LaunchNumbers,
): readonly (readonly number[])[] {
  const places = Array.from({ length: rows * columns }, (_, at) => [Math.floor(at / columns), at % columns]);
  return Array.from({ length: programs }, (_, program) => {
    const turns: number[] = [];
    for (let j = Number(first); j < n; j += step) {
      const shows = (mask: Mask): boolean =>
        places.some(([row = 0, column = 0]) => mask(program * rows + row, j + column, w));
      if (all.every(shows)) turns.push(j);
    }
    return turns;
  });
}

/** The remarks about a launch. */
function said(kernel: TileKernel): readonly string[] {
  const launch = launched(4, 15, 2);
  const remarks: FaultData[] = [];
  shortenLoops(simplifyMasks(kernel, launch), launch, (remark) => remarks.push(remark));
  return remarks.map(({ code, message }) => `${code}: ${message}`);
}

/** Running softmax averages of x over the columns that the mask shows, with a number for minus infinity, the usual way. */
function averages(mask: string, low = "-1e30", more = "", start = low): TileKernel {
  return kernelOf(`(x: Ptr, y: Ptr, n: i32, w: i32) => {
    const rows = programId(0) * 4 + arange(4);
    const row = expand(rows, 1);
    let most = full([4], ${start});
    let total = zeros([4]);
    let result = zeros([4]);
    for (const j of range(0, n, 4)) {
      const column = expand(j + arange(4), 0);
      const value = load(x + column + 0 * row, column < n);
      const seen = ${mask};
      const scores = where(seen, value, ${low});
      const next = maximum(most, max(scores, 1));
      const weights = exp(scores - expand(next, 1));
      const repair = exp(most - next);
      total = total * repair + sum(weights, 1);
      result = result * repair + sum(weights * value, 1);
      most = next;
      ${more}
    }
    store(y + rows, result / total);
  }`);
}

function shareOf(kernel: TileKernel, launch: LaunchNumbers): number {
  const [x = 1] = launch.grid;
  const plain = simplifyMasks(kernel, launch);
  const [was, is] = [plain, shortenLoops(plain, launch)].map(
    (one) => launchWork(one, [x, 1, 1], launch.scalars).flops,
  );
  return (is ?? 0) / (was ?? 1);
}

describe("turns that a mask empties", () => {
  test("[K1] a causal loop ends with the last column that a row of the program sees", () => {
    const before = readTile(
      [
        "kernel k(%x.0: ptr<f32, read>, %y.1: ptr<f32, write>, %n.2: i32) {",
        "  %3: i32 = programId 0",
        "  %4: i32 = const 4",
        "  %5: i32 = mul %3, %4",
        "  %6: i32[4] = arange 0 4",
        "  %7: i32[4] = broadcast %5",
        "  %rows.8: i32[4] = add %7, %6",
        "  %9: i32[4, 1] = reshape %rows.8",
        "  %10: i32[4, 2] = broadcast %9",
        "  %11: i32 = const 0",
        "  %12: f32 = const 0",
        "  %13: f32[4] = broadcast %12",
        "  %14: f32[4, 2] = broadcast %12",
        "  %15: i32[2] = arange 0 2",
        "  %total.16: f32[4] = for %j.17 = %11 to %n.2 step 2 carry %total.18 = %13 {",
        "    %19: i32[2] = broadcast %j.17",
        "    %20: i32[2] = add %19, %15",
        "    %21: i32[1, 2] = reshape %20",
        "    %22: i32[4, 2] = broadcast %21",
        "    %seen.23: bool[4, 2] = ge %10, %22",
        "    %24: f32[4, 2] = load %x.0[%22]",
        "    %25: f32[4, 2] = select %seen.23, %24, %14",
        "    %26: f32[4] = reduce sum %25 axis 1",
        "    %27: f32[4] = add %total.18, %26",
        "    yield %27",
        "  }",
        "  store %y.1[%rows.8], %total.16",
        "}",
        "",
      ].join("\n"),
    );
    const [was, is] = [before, shortenLoops(before, { grid: [4, 1, 1], scalars: [16] })].map((kernel) =>
      printTile(kernel).split("\n"),
    );
    expect(is?.filter((line) => !was?.includes(line)).map((line) => line.trim())).toEqual([
      "%28: i32 = programId 0",
      "%29: i32 = const 4",
      "%30: i32 = mul %28, %29",
      "%31: i32 = const 4",
      "%32: i32 = add %30, %31",
      "%33: i32 = min %n.2, %32",
      "%total.16: f32[4] = for %j.17 = %11 to %33 step 2 carry %total.18 = %13 {",
    ]);
    expect(was?.filter((line) => is?.includes(line))).toHaveLength((was?.length ?? 0) - 1);
  });

  test.each(masks)("[K2] %s: the turns in which it shows something, no more", (text, all) => {
    for (const size of sizes)
      for (const [programs, n, w] of [
        [4, 16, 5],
        [5, 13, 0],
        [6, 24, 9],
      ] as const) {
        const kernel = masked(text, size);
        const launch = launched(programs, n, w);
        const shortened = shortenedTo(kernel, launch);
        const about = JSON.stringify([size, launch]);
        expect(turnsOf(shortened, launch), `for ${about}`).toEqual(wanted(all, size, launch));
        expect(left(shortened, launch), `for ${about}`).toBe(left(kernel, launch));
      }
  });

  test("[K3] loops that count down, by blocks, or from where the program says", () => {
    const loops = [
      "for (let j = n - 1; j >= 0; j--) { const column = expand(j + arange(1), 0);",
      "for (let j = n - 4; j >= 0; j -= 4) { const column = expand(j + arange(4), 0);",
      "for (const block of range(0, cdiv(n, 4))) { const column = expand(block * 4 + arange(4), 0);",
      "for (const j of range(programId(0) * 2, n, 4)) { const column = expand(j + arange(4), 0);",
    ];
    const launch = launched(4, 16, 3);
    for (const loop of loops) {
      const kernel = kernelOf(`(x: Ptr, y: Ptr, n: i32, w: i32) => {
        const rows = programId(0) * 4 + arange(4);
        const row = expand(rows, 1);
        let total = zeros([4]);
        ${loop}
          total += sum(where(row >= column && row - column <= w, load(x + column, column < n), 0), 1);
        }
        store(y + rows, total);
      }`);
      const [was, is] = [kernel, shortenedTo(kernel, launch)].map((one) => turnsOf(one, launch));
      expect(is?.flat().length, `for ${loop}`).toBeLessThan((was?.flat().length ?? 0) / 1.5);
      expect(left(shortenedTo(kernel, launch), launch)).toBe(left(kernel, launch));
    }
  });

  test("[K4] not where a turn does something else: a count, a store, an atomic, a print, an assert", () => {
    const size = { rows: 4, columns: 4 };
    const launch = launched(4, 16, 0);
    const kept = [
      "total += 1;",
      "store(y + 100 + j + arange(4), 1);",
      'print("so far", total);',
      'assert(total >= 0, "positive");',
      "total = total * 2;",
      "total = where(expand(seen, 0).shape[0] > 0, 1 - total, total);",
    ];
    for (const more of kept) {
      const kernel = simplifyMasks(masked("row >= column", size, more), launch);
      expect(shortenLoops(kernel, launch), `with ${more}`).toBe(kernel);
    }
    const atomic = kernelOf(`(x: Ptr<"i32">, n: i32) => {
      for (const j of range(0, n, 4)) atomicAdd(x + arange(4), j, programId(0) + arange(4) >= j);
    }`);
    expect(shortenLoops(atomic, { grid: [4, 1, 1], scalars: [16] })).not.toBe(atomic);
    const unmasked = kernelOf(`(x: Ptr<"i32">, n: i32) => {
      for (const j of range(0, n, 4)) if (programId(0) >= j) atomicAdd(x, 1); else atomicAdd(x, 2);
    }`);
    expect(shortenLoops(unmasked, { grid: [4, 1, 1], scalars: [16] })).toBe(unmasked);
  });

  test("[K5] masked stores, loops and branches in the turn do nothing either", () => {
    const launch = launched(4, 16, 0);
    const quiet = [
      "store(y + 64 + expand(rows, 1) * 0 + column, 1, seen && row == column);",
      "for (const i of range(0, 3)) total += sum(where(seen, i, 0), 1).to('f32');",
      "if (n > w) total += max(where(seen, 3, 0), 1).to('f32');",
      "total = maximum(total, max(where(seen, 1, -Infinity), 1));",
      "total = total + sum(cumsum(where(seen, 1, 0), 1), 1).to('f32');",
      "total = total + sum(dot(where(seen, 1.0, 0.0), full([4, 4], n)), 1);",
      "total = total * exp(-max(where(seen, 1.0, 0.0), 1));",
    ];
    for (const more of quiet) {
      const kernel = masked("row >= column", { rows: 4, columns: 4 }, more.replaceAll("'", '"'));
      const plain = simplifyMasks(kernel, launch);
      const shortened = shortenLoops(plain, launch);
      verifyTile(shortened);
      expect(shortened, `with ${more}`).not.toBe(plain);
      expect(left(shortened, launch), `with ${more}`).toBe(left(kernel, launch));
    }
  });

  test("[K6] what may leave i32 is left alone, and computed where a launch's numbers keep inside", () => {
    const kernel = masked("row - column < w", { rows: 4, columns: 4 });
    const far = launched(4, 16, 2 ** 31 - 1);
    expect(shortenLoops(kernel, far)).toBe(kernel);
    const near = launched(4, 16, 2);
    expect(shortenLoops(kernel, near)).not.toBe(kernel);
    const wrapping = masked("row + 2000000000 + w >= column + 2000000000 + w", { rows: 4, columns: 4 });
    expect(shortenLoops(wrapping, launched(4, 16, 2 ** 30))).toBe(wrapping);
  });

  test("[K7] a loop that ends there by hand stays as it is; so does one whose mask is its end", () => {
    const byHand = kernelOf(`(x: Ptr, y: Ptr, n: i32) => {
      const rows = programId(0) * 4 + arange(4);
      let total = zeros([4]);
      for (const j of range(0, minimum(n, programId(0) * 4 + 4), 4)) {
        const column = expand(j + arange(4), 0);
        total += sum(where(column < n && column <= expand(rows, 1), load(x + column, column < n), 0), 1);
      }
      store(y + rows, total);
    }`);
    expect(shortenLoops(byHand, { grid: [4, 1, 1], scalars: [15] })).toBe(byHand);
    const bounded = masked("column < n", { rows: 4, columns: 4 });
    expect(shortenLoops(bounded, launched(4, 15, 0))).toBe(bounded);
  });

  test("[K8] sizes are no part of the text: launches with the same outcomes share it", () => {
    const kernel = masked("row >= column && row - column < w", { rows: 4, columns: 4 });
    const texts = [64, 128, 320, 4096].map((n) => {
      const launch = launched(n / 4, n, n / 8);
      return printTile(shortenedTo(kernel, launch));
    });
    expect(new Set(texts).size).toBe(1);
    expect(texts[0]).not.toBe(printTile(simplifyMasks(kernel, launched(16, 64, 8))));
  });

  test("[K12] says which mask shortened a loop; of one with such turns that stays whole, why", () => {
    const size = { rows: 4, columns: 4 };
    expect(said(masked("row >= column && column < n", size))).toEqual([
      "loop/shortened: The loop over j leaves out its first or last turns in which seen is false everywhere: they change nothing.",
    ]);
    const whole = (more: string): readonly string[] => said(masked("row >= column", size, more));
    const why = "loop/whole: The loop over j has turns in which seen is false everywhere, but each of them";
    expect(whole("total += 1;")).toEqual([`${why} may change total.`]);
    expect(whole("store(y + 100 + j + arange(4), 1);")).toEqual([`${why} writes to memory.`]);
    expect(whole('print("so far", total);')).toEqual([`${why} prints.`]);
    expect(whole('assert(total >= 0, "positive");')).toEqual([`${why} asserts something.`]);
    expect(said(masked("column < n", size, "total += 1;"))).toEqual([]);
  });

  test("[K13] a number for minus infinity: the last turns are left out where all rows have seen something", () => {
    const launch = launched(4, 16, 0);
    const kernel = averages("row >= column && column < n");
    expect(shareOf(kernel, launch)).toBeLessThan(0.7);
    expect(left(shortenedTo(kernel, launch), launch)).toBe(left(kernel, launch));
    // All that is written out: the turns in between, and whether there are more.
    const lines = printTile(shortenedTo(kernel, launch))
      .split("\n")
      .map((line) => line.trim());
    const loops = lines.filter((line) => /= for /.test(line));
    expect(loops).toHaveLength(2);
    expect(loops[0]).toMatch(/ to %\d+ step 1 while /);
    expect(lines.filter((line) => /reduce min .* axis 0/.test(line))).toHaveLength(1);
  });

  test.each(["-3e38", "-Infinity"])("[K19] also where the maximum begins below it, at %s", (start) => {
    const launch = launched(4, 16, 0);
    const kernel = averages("row >= column && column < n", "-1e30", "", start);
    expect(shareOf(kernel, launch)).toBeLessThan(0.7);
    expect(left(shortenedTo(kernel, launch), launch)).toBe(left(kernel, launch));
    const late = averages("row >= column + w && column < n", "-1e30", "", start);
    expect(left(shortenedTo(late, launched(4, 16, 3)), launched(4, 16, 3))).toBe(
      left(late, launched(4, 16, 3)),
    );
  });

  test("[K14] rows that have seen nothing get all their turns, to the bit", () => {
    for (const mask of ["row >= column + w && column < n", "row >= column && column >= w && column < n"])
      for (const w of [1, 3, 6, 40])
        for (const n of [5, 16, 23]) {
          const launch = launched(Math.ceil(n / 4), n, w);
          const [kernel, low] = [averages(mask), averages(mask, "-3.4e38")];
          expect(left(shortenedTo(kernel, launch), launch)).toBe(left(kernel, launch));
          expect(left(shortenedTo(low, launch), launch)).toBe(left(low, launch));
        }
  });

  test("[K15] not with a number that may be a score, nor where something else changes", () => {
    const launch = launched(4, 16, 0);
    for (const kernel of [
      averages("row >= column", "-100"),
      averages("row >= column", "-1e30", "total += 1;"),
      averages("column >= row"),
    ]) {
      const plain = simplifyMasks(kernel, launch);
      expect(shortenLoops(plain, launch)).toBe(plain);
    }
  });

  test("[K16] devices that cut loops still know how long they are at most", () => {
    const launch = launched(4, 16, 3);
    const kernels = [
      masked("row >= column", { rows: 4, columns: 4 }),
      masked("row - column < w", { rows: 4, columns: 4 }),
      averages("row >= column"),
    ];
    for (const kernel of kernels) {
      const [was, is] = [simplifyMasks(kernel, launch), shortenedTo(kernel, launch)].map((one) =>
        compileKernel(one, portableTarget).turns?.(launch.scalars),
      );
      expect(is).toBeGreaterThanOrEqual(was ?? Infinity);
      expect(is).toBeLessThan(30);
    }
  });

  test("[K17] rows that are counted inside the loop, and numbers that are the same in every turn", () => {
    const kernel = kernelOf(`(x: Ptr, y: Ptr, n: i32, w: i32) => {
      let total = zeros([4]);
      for (const j of range(0, n, 4)) {
        const row = expand(programId(0) * 4 + arange(4), 1);
        const column = expand(j + arange(4), 0);
        total += sum(where(column <= row + idiv(w, 2) - idiv(n, 16), load(x + column, column < n), 0), 1);
      }
      store(y + programId(0) * 4 + arange(4), total);
    }`);
    const launch = launched(4, 20, 6);
    expect(turnsOf(shortenedTo(kernel, launch), launch)).toEqual([
      [0, 4],
      [0, 4, 8],
      [0, 4, 8, 12],
      [0, 4, 8, 12, 16],
    ]);
    expect(left(shortenedTo(kernel, launch), launch)).toBe(left(kernel, launch));
  });

  test("[K18] in f16 a number that is too large is infinite, and empties turns as such", () => {
    const kernel = kernelOf(`(x: Ptr<"f16">, y: Ptr, n: i32) => {
      const rows = programId(0) * 4 + arange(4);
      let most = full([4], -1e30, "f16");
      let total = zeros([4]);
      for (const j of range(0, n, 4)) {
        const column = expand(j + arange(4), 0);
        const seen = column <= expand(rows, 1) && column < n;
        const scores = where(seen, load(x + column + 0 * expand(rows, 1), column < n), -1e30);
        const next = maximum(most, max(scores, 1));
        total = total * exp(most - next) + sum(exp(scores - expand(next, 1)), 1);
        most = next;
      }
      store(y + rows, total);
    }`);
    const launch: LaunchNumbers = { grid: [4, 1, 1], scalars: [16] };
    const shortened = shortenedTo(kernel, launch);
    expect(turnsOf(shortened, launch)).toEqual([[0], [0, 4], [0, 4, 8], [0, 4, 8, 12]]);
    expect(left(shortened, launch)).toBe(left(kernel, launch));
  });

  test("[K9] random masks: what is computed is the same to the bit", () => {
    let changed = 0;
    for (let seed = 1; seed <= 150; seed++) {
      const random = seeded(seed * 31);
      const below = (count: number): number => Math.floor(random() * count);
      const pick = <T>(list: readonly T[]): T => list[below(list.length)] ?? (list[0] as T);
      const number = (): string =>
        pick(["row", "column", "column", "w", "n", `${below(9) - 4}`, "2 * column", "-row"]);
      const place = (): string => `${number()} ${pick(["+", "-"])} ${number()}`;
      const compared = (): string =>
        `${place()} ${pick(["<", "<=", ">", ">=", "=="])} ${place()} + 0 * row + 0 * column`;
      const mask = `${pick(["", "!"])}(${compared()} ${pick(["&&", "||"])} ${compared()}) && ${compared()}`;
      const size = {
        rows: pick([2, 4]),
        columns: pick([1, 2, 8]),
        step: pick([1, 2, 3, 8]),
        first: pick(["0", "w", "3"]),
      };
      const launch = launched(1 + below(4), below(24), below(9) - 2);
      const kernel = masked(mask, size);
      const plain = simplifyMasks(kernel, launch);
      const shortened = shortenLoops(plain, launch);
      verifyTile(shortened);
      if (shortened !== plain) changed += 1;
      expect(left(shortened, launch), `for ${JSON.stringify([mask, size, launch])}`).toBe(
        left(kernel, launch),
      );
    }
    expect(changed).toBeGreaterThan(50);
  });
});
