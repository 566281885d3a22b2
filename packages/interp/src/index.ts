export type { Rounding } from "./elementwise.ts";
export {
  assertFault,
  type MachineSetup,
  mostPrinted,
  type TileArgument,
  TileMachine,
  type TileMessage,
} from "./tile/machine.ts";
export { MemoryWatch, type Touch, type WatchOptions } from "./tile/watch.ts";
export { runTileKernel, type TileRunOptions, type TileRunResult } from "./tile/run.ts";
export type { ProgramId, TileValue } from "./tile/tile.ts";
export type { TensorValue } from "./graph/nodes.ts";
export { type GraphRunOptions, runGraph } from "./graph/run.ts";
