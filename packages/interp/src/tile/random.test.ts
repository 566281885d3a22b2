import { type BinaryName, type BinaryOp, printTile, type TileKernel, walkOps } from "@tilebook/ir";
import { seeded } from "@tilebook/base";
import { firstOfToday, mismatch, often, type SoundKernel, soundKernel } from "@tilebook/ir/testing";
import { describe, expect, test } from "vitest";
import type { TileArgument } from "./machine.ts";
import { runTileKernel, type TileRunOptions } from "./run.ts";
import { TileTrap } from "./tile.ts";

// A longer run: SOUND_FIRST=100000 SOUND_COUNT=50000 npx vitest run packages/interp/src/tile/random.test.ts
const count = Number(process.env["SOUND_COUNT"] ?? often(500, 2000));
const first = Number(process.env["SOUND_FIRST"] ?? firstOfToday(500, 2000));
const perTest = 250;

function run(sound: SoundKernel, options: TileRunOptions): readonly TileArgument[] {
  const args = sound.arguments.map((item) => (typeof item === "number" ? item : item.values.slice()));
  const { remarks } = runTileKernel(sound.kernel, sound.grid, args, options);
  expect(remarks).toEqual([]);
  return args;
}

/** What differs between exact mode and f64 mode, and what is found in memory. */
function troubles(sound: SoundKernel): readonly string[] {
  const found: string[] = [];
  const hear = (trap: TileTrap) => found.push(trap.message);
  const exact = run(sound, { rounding: "exact", races: true, found: hear });
  const wide = run(sound, { rounding: "f64" });
  const wrong = sound.arguments.flatMap((argument, place) => {
    const [seen, wanted] = [exact[place], wide[place]];
    if (typeof seen !== "object" || typeof wanted !== "object") return [];
    return mismatch(argument, seen, wanted) ?? [];
  });
  return [...found, ...wrong];
}

describe("sound random kernels", () => {
  const batches = Array.from({ length: Math.ceil(count / perTest) }, (_, batch) => first + batch * perTest);
  test.each(batches)(
    "[Q1] exact equals f64: whole numbers and exact floats altogether, the rest within 1e-4; seeds from %i",
    (start) => {
      const end = Math.min(start + perTest, first + count);
      const wrong: string[] = [];
      for (let seed = start; seed < end && wrong.length === 0; seed++) {
        const sound = soundKernel(seed);
        for (const what of troubles(sound)) wrong.push(`seed ${seed}: ${what}\n${printTile(sound.kernel)}`);
      }
      expect(wrong).toEqual([]);
    },
    600_000,
  );
});

/** The kernel with one of its elementwise ops exchanged for another one of the same type. */
function spoiled({ kernel }: SoundKernel, random: () => number): TileKernel {
  const places: BinaryOp[] = [];
  walkOps(kernel.body, (op) => {
    if (op.kind === "binary" && exchanged[op.op] !== undefined) places.push(op);
  });
  const target = places[Math.floor(random() * places.length)];
  const spoil = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(spoil);
    if (typeof value !== "object" || value === null) return value;
    const copy = Object.fromEntries(Object.entries(value).map(([key, item]) => [key, spoil(item)]));
    return value === target ? { ...copy, op: exchanged[target?.op ?? "add"] } : copy;
  };
  return spoil(kernel) as TileKernel;
}

const exchanged: Partial<Record<BinaryName, BinaryName>> = {
  min: "max",
  max: "min",
  and: "or",
  or: "and",
  lt: "le",
  ge: "gt",
};

/** Everything that a launch leaves in its buffers, or that it trapped. */
function outcome(sound: SoundKernel): string {
  try {
    return run(sound, {}).join(" ");
  } catch (error) {
    if (error instanceof TileTrap) return error.code;
    throw error;
  }
}

describe("what random kernels find", () => {
  test("[Q2] one wrong op of a kernel shows in what it leaves, in more than a third of them", () => {
    const random = seeded(1);
    const found = Array.from({ length: 100 }, (_, seed) => soundKernel(seed)).filter(
      (sound) => outcome(sound) !== outcome({ ...sound, kernel: spoiled(sound, random) }),
    );
    expect(found.length).toBeGreaterThan(33);
  });
});
