import { Fault, type FaultData } from "@tilebook/base";
import { checkGrid, type TileKernel, verifyTile } from "@tilebook/ir";
import type { Rounding } from "../elementwise.ts";
import { type TileArgument, TileMachine, type TileMessage } from "./machine.ts";
import type { ProgramId } from "./tile.ts";
import { MemoryWatch } from "./watch.ts";

export interface TileRunOptions {
  /** `exact` by default. */
  readonly rounding?: Rounding | undefined;
  readonly trapNaN?: boolean | undefined;
  readonly maxElements?: number | undefined;
  /** Ends the run at the first race between programs (`tile/race`). */
  readonly races?: boolean | undefined;
  /** Names of parameters whose buffers begin without meaning: loads of elements that nothing stored are remarked. */
  readonly fresh?: ReadonlySet<string> | undefined;
  readonly onMessage?: ((message: TileMessage) => void) | undefined;
  /** Asked between programs and every few thousand ops; true ends the run with a Fault `run/stopped`. */
  readonly stop?: (() => boolean) | undefined;
}

export interface TileRunResult {
  /**
   * At most one of each: the first op that made a NaN out of numbers (code `tile/nan`), and the first load of an element
   * of a fresh buffer that nothing stored (`tile/uninitialised`), with their spans.
   */
  readonly remarks: readonly FaultData[];
}

const opsBetweenStops = 4096;

/**
 * Runs every program of the grid, the first axis fastest, one after the other. `args` holds one entry per
 * parameter; buffers are changed in place. Traps are Faults with the op's span: `tile/bounds`, `tile/nan` (when
 * asked for), `tile/race` (when asked for), `kernel/assert`, `tile/memory`, `tile/arguments`, `graph/grid`, `run/stopped`; and those of `verifyTile`.
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
  const { races = false, fresh = new Set<string>(), onMessage } = options;
  const watch = races || fresh.size > 0 ? new MemoryWatch(grid, { races, fresh }) : undefined;
  const setup = { kernel, grid, arguments: args, rounding, trapNaN, maxElements, watch, onMessage };
  const machine = new TileMachine(setup);
  const [width, height, depth] = grid;
  for (let program = 0; program < width * height * depth; program++) {
    const row = Math.floor(program / width);
    machine.start([program % width, row % height, Math.floor(row / height)]);
    finishProgram(machine, stop);
  }
  return { remarks: [machine.nan, watch?.uninitialised].filter((remark) => remark !== undefined) };
}

function finishProgram(machine: TileMachine, stop: () => boolean): void {
  let ops = 0;
  do {
    if (ops % opsBetweenStops === 0 && stop()) throw new Fault("run/stopped", "the run was stopped");
    ops += 1;
  } while (machine.step());
}
