import { runTileKernel, type TileArgument, type TileRunOptions } from "@tilebook/interp";
import { printTile } from "@tilebook/ir";
import { mismatch, type SoundKernel, soundKernel } from "@tilebook/ir/testing";

/**
 * What is wrong with random kernels in the interpreter itself: rounded as a device rounds they must leave what they leave
 * in f64, and no program may race with another, leave its buffers or read what nothing wrote.
 */
export function wrongInInterpreter(seeds: readonly number[]): readonly string[] {
  return seeds.flatMap((seed) => {
    const sound = soundKernel(seed);
    return wrongOf(sound).map((what) => `seed ${seed}: ${what}\n${printTile(sound.kernel)}`);
  });
}

function wrongOf(sound: SoundKernel): readonly string[] {
  const traps: string[] = [];
  const [exact, wide] = [
    run(sound, { rounding: "exact", races: true, found: (trap) => traps.push(trap.message) }),
    run(sound, { rounding: "f64" }),
  ];
  const wrong = sound.arguments.flatMap((argument, place) => {
    const [seen, wanted] = [exact[place], wide[place]];
    if (typeof seen !== "object" || typeof wanted !== "object") return [];
    return mismatch(argument, seen, wanted) ?? [];
  });
  return [...traps, ...wrong];
}

function run(sound: SoundKernel, options: TileRunOptions): readonly TileArgument[] {
  const memory = sound.arguments.map((item) => (typeof item === "number" ? item : item.values.slice()));
  runTileKernel(sound.kernel, sound.grid, memory, options);
  return memory;
}
