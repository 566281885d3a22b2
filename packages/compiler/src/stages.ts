import { printTileLines, type TileKernel } from "@tilebook/ir";
import { type LowerOptions, lowerToThreads } from "./lower/lower.ts";
import type { Stage, Target } from "./program.ts";
import type { ThreadKernel } from "./thread/ir.ts";
import { threadPasses } from "./thread/passes.ts";
import { printThreads } from "./thread/print.ts";
import { tilePasses } from "./tile/passes.ts";
import { printWgsl } from "./wgsl/print.ts";

type Printed = Pick<Stage, "text" | "spans">;

/**
 * The texts from Tile IR to WGSL: one after each pass that changed something. They are made when somebody asks: passes are
 * pure, so running them again gives the same. Of a kernel that does not compile, those before its fault.
 */
export function stagesOf(kernel: TileKernel, target: Target, options: LowerOptions = {}): readonly Stage[] {
  const stages: Stage[] = [];
  try {
    const tiles = new Texts(stages, "Tile IR", printTileLines, kernel);
    for (const pass of tilePasses) tiles.step(pass.name, pass.run);
    const threads = new Texts(
      stages,
      "Thread IR",
      printThreads,
      lowerToThreads(tiles.value, target, options),
    );
    for (const pass of threadPasses)
      threads.step(pass.name, (before: ThreadKernel) => pass.run(before, target));
    stages.push({ name: "WGSL", ...printWgsl(threads.value), quiet: [] });
  } catch {
    // Whoever compiled it has the fault.
  }
  return stages;
}

/** The texts of one IR, as the passes give them. */
class Texts<T> {
  readonly #stages: Stage[];
  readonly #name: string;
  readonly #print: (value: T) => Printed;
  value: T;

  constructor(stages: Stage[], name: string, print: (value: T) => Printed, value: T) {
    this.#stages = stages;
    this.#name = name;
    this.#print = print;
    this.value = value;
    stages.push({ name, ...print(value), quiet: [] });
  }

  step(pass: string, run: (value: T) => T): void {
    this.value = run(this.value);
    const printed = this.#print(this.value);
    const last = this.#stages.pop();
    if (last !== undefined && printed.text === last.text)
      this.#stages.push({ ...last, quiet: [...last.quiet, pass] });
    else
      this.#stages.push(...(last === undefined ? [] : [last]), {
        name: `${this.#name}: ${pass}`,
        ...printed,
        quiet: [],
      });
  }
}
