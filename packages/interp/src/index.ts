export type { Rounding } from "./elementwise.ts";
export type { LiveValue, MemoryAccess } from "./tile/inspect.ts";
export { type MachineSetup, type TileArgument, TileMachine } from "./tile/machine.ts";
export { assertFault, mostPrinted, type TileMessage } from "./tile/message.ts";
export { MemoryWatch, type Touch, type WatchOptions } from "./tile/watch.ts";
export { runTileKernel, type TileRunOptions, type TileRunResult } from "./tile/run.ts";
export { type ProgramId, TileTrap, type TileValue } from "./tile/tile.ts";
export type { TensorValue } from "./graph/nodes.ts";
export { type GraphRunOptions, runGraph } from "./graph/run.ts";
