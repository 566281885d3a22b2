import { Fault } from "@tilebook/base";
import { launchWork, type Stage, stagesOf, type Target } from "@tilebook/compiler";
import type { TileKernel } from "@tilebook/ir";
import type { KernelDetail, KernelStage } from "@tilebook/notebook";
import type { InspectRequest } from "../sandbox.ts";

/** Kernels whose texts can be asked for. */
const MOST_KERNELS = 1_000;
/** Characters and lines of one text. Longer ones are cut, and say so. */
const MOST_TEXT = 300_000;
const MOST_LINES = 10_000;

/** One launch of a kernel: programs, and numbers in the order of its scalar parameters. */
export interface LaunchNumbers {
  readonly grid: readonly [number, number, number];
  readonly scalars: readonly number[];
}

interface Kept {
  readonly tile: TileKernel;
  readonly launches: readonly LaunchNumbers[];
}

/** The kernels of the last run of each cell. Their texts are made when somebody looks. */
export class KernelShelf {
  readonly #kept = new Map<string, Kept>();

  put({ cell, kernel }: InspectRequest, tile: TileKernel, launches: readonly LaunchNumbers[]): void {
    const name = nameOf({ cell, kernel });
    this.#kept.delete(name);
    this.#kept.set(name, { tile, launches });
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= MOST_KERNELS) break;
      this.#kept.delete(oldest);
    }
  }

  /** Fault `executor/unknown-kernel` when it is gone. */
  detail(request: InspectRequest, target: Target): KernelDetail {
    const kept = this.#kept.get(nameOf(request));
    if (kept === undefined)
      throw new Fault("executor/unknown-kernel", "the texts of this kernel are gone with the GPU worker", {
        hint: "run the cell again",
      });
    const { tile, launches } = kept;
    return {
      stages: stagesOf(tile, target).map(cut),
      work: launches.map(({ grid, scalars }) => launchWork(tile, grid, scalars)),
    };
  }
}

function nameOf({ cell, kernel }: InspectRequest): string {
  return JSON.stringify([cell, kernel]);
}

function cut(stage: Stage): KernelStage {
  const lines = stage.text.split("\n");
  if (lines.length <= MOST_LINES && stage.text.length <= MOST_TEXT) return stage;
  const kept = stage.text.slice(0, MOST_TEXT).split("\n").slice(0, MOST_LINES);
  const text = `${kept.join("\n")}\n… ${lines.length - kept.length} lines more`;
  return { ...stage, text, spans: stage.spans.slice(0, kept.length) };
}
