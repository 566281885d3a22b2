import { Fault, faultData, type FaultData } from "@tilebook/base";
import { checkGrid, type TileKernel, verifyTile } from "@tilebook/ir";
import type { Rounding } from "../elementwise.ts";
import { type TileArgument, TileMachine } from "./machine.ts";
import type { TileMessage } from "./message.ts";
import type { ProgramId, TileTrap } from "./tile.ts";
import { MemoryWatch } from "./watch.ts";

export interface TileRunOptions {
  /** `exact` by default. */
  readonly rounding?: Rounding | undefined;
  readonly trapNaN?: boolean | undefined;
  readonly maxElements?: number | undefined;
  /** Look for races between programs (`tile/race`). */
  readonly races?: boolean | undefined;
  /** Names of parameters whose buffers begin without meaning: loads of what nothing stored are `tile/uninitialised`. */
  readonly fresh?: ReadonlySet<string> | undefined;
  /**
   * Hears what is found between programs, and of one store that puts two values into one element (`tile/store-conflict`):
   * each op's first finding of each kind. May throw it to end the run there. Without it the first race ends the run, the
   * rest are remarks.
   */
  readonly found?: ((trap: TileTrap) => void) | undefined;
  readonly onMessage?: ((message: TileMessage) => void) | undefined;
  /** Asked between programs and every few thousand ops; true ends the run with a Fault `run/stopped`. */
  readonly stop?: (() => boolean) | undefined;
}

export interface TileRunResult {
  /** The first op that made a NaN out of numbers (code `tile/nan`), then what was found in memory, with spans. */
  readonly remarks: readonly FaultData[];
}

const opsBetweenStops = 4096;

/**
 * Runs every program of the grid, the first axis fastest, one after the other. `args` holds one entry per
 * parameter; buffers are changed in place. Traps are `TileTrap`s with the op's span: `tile/bounds`, `kernel/assert`, and
 * when asked for `tile/nan` and `tile/race`. Other Faults: `tile/memory`, `tile/arguments`, `graph/grid`, `run/stopped`,
 * and those of `verifyTile`.
 */
export function runTileKernel(
  kernel: TileKernel,
  grid: ProgramId,
  args: readonly TileArgument[],
  options: TileRunOptions = {},
): TileRunResult {
  const { rounding = "exact", trapNaN, maxElements, stop = () => false } = options;
  checkGrid(grid);
  verifyTile(kernel);
  const remarks: FaultData[] = [];
  const watch = watchOf(grid, options, remarks);
  const { onMessage } = options;
  const setup = { kernel, grid, arguments: args, rounding, trapNaN, maxElements, watch, onMessage };
  const machine = new TileMachine(setup);
  const [width, height, depth] = grid;
  for (let program = 0; program < width * height * depth; program++) {
    const row = Math.floor(program / width);
    machine.start([program % width, row % height, Math.floor(row / height)]);
    finishProgram(machine, stop);
  }
  return { remarks: machine.nan === undefined ? remarks : [machine.nan, ...remarks] };
}

/** Watching costs a few times the access itself, so that it is done only when asked for. */
function watchOf(grid: ProgramId, options: TileRunOptions, remarks: FaultData[]): MemoryWatch | undefined {
  const { races = false, fresh = new Set<string>(), found } = options;
  if (!races && fresh.size === 0 && found === undefined) return undefined;
  const remark = (trap: TileTrap): void => {
    if (trap.code === "tile/race") throw trap;
    remarks.push(faultData(trap));
  };
  return new MemoryWatch(grid, { races, fresh, found: found ?? remark });
}

function finishProgram(machine: TileMachine, stop: () => boolean): void {
  let ops = 0;
  do {
    if (ops % opsBetweenStops === 0 && stop()) throw new Fault("run/stopped", "the run was stopped");
    ops += 1;
  } while (machine.step());
}
