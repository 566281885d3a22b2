export type { Rounding } from "./elementwise.ts";
export { type MachineSetup, type TileArgument, TileMachine } from "./tile/machine.ts";
export { runTileKernel, type TileRunOptions, type TileRunResult } from "./tile/run.ts";
export type { ProgramId, TileValue } from "./tile/tile.ts";
export type { TensorValue } from "./graph/nodes.ts";
export { type GraphRunOptions, runGraph } from "./graph/run.ts";
