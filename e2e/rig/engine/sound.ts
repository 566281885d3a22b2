import { compileKernel, type KernelMessages, type Target } from "@tilebook/compiler";
import { runTileKernel, type TileMessage } from "@tilebook/interp";
import { printTile } from "@tilebook/ir";
import { mismatch, type SoundKernel, soundKernel } from "@tilebook/ir/testing";
import { jobOf, type Launching, type Outcome, outcomeOf } from "./job.ts";
import type { Engine } from "./open.ts";

/** So many kernels are compiled, and read back, together. */
const together = 20;

/** What is wrong with the random kernels from `first` on: none may be refused, each must do what the interpreter does. */
export async function wrongKernels(
  engine: Pick<Engine, "target" | "run">,
  seeds: readonly number[],
): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (let at = 0; at < seeds.length; at += together) {
    const batch = seeds.slice(at, at + together).map((seed) => soundLaunch(seed, engine.target));
    const answers = await engine.run(batch.map(({ launching }) => jobOf(launching)));
    batch.forEach(({ seed, sound, launching }, place) => {
      for (const what of wrongOf(sound, () =>
        outcomeOf(launching, answers[place] ?? { refused: "no answer" }),
      ))
        wrong.push(`seed ${seed}: ${what}\n${printTile(sound.kernel)}`);
    });
  }
  return wrong;
}

function soundLaunch(
  seed: number,
  target: Target,
): { readonly seed: number; readonly sound: SoundKernel; readonly launching: Launching } {
  const sound = soundKernel(seed);
  const compiled = compileKernel(sound.kernel, target);
  return { seed, sound, launching: { compiled, grid: sound.grid, arguments: sound.arguments } };
}

function wrongOf(sound: SoundKernel, outcome: () => Outcome): readonly string[] {
  const wanted = sound.arguments.map((item) => (typeof item === "number" ? item : item.values.slice()));
  const heard: TileMessage[] = [];
  runTileKernel(sound.kernel, sound.grid, wanted, { onMessage: (message) => heard.push(message) });
  try {
    const { buffers, said } = outcome();
    const arrays = wanted.filter((item) => typeof item !== "number");
    const wrong = sound.arguments
      .filter((item) => typeof item !== "number")
      .flatMap((item, place) => mismatch(item, buffers[place] ?? [], arrays[place] ?? []) ?? []);
    return [...wrong, ...(said === undefined ? [] : wrongSaid(said, heard))];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

/** Where there was room for all, the same prints in the same order. */
function wrongSaid(
  said: KernelMessages & { readonly failed?: unknown },
  heard: readonly TileMessage[],
): readonly string[] {
  if (said.failed !== undefined) return [`an assert failed: ${JSON.stringify(said.failed)}`];
  if (said.dropped > 0) return [];
  const [seen, wanted] = [said.messages, heard].map((messages) =>
    JSON.stringify(messages.map(({ program, visit, elements }) => ({ program, visit, elements }))),
  );
  return seen === wanted ? [] : [`it printed ${seen}, not ${wanted}`];
}
