import type { TileKernel } from "@tilebook/ir";
import { dropDeadTiles } from "./dead.ts";
import { foldConstants } from "./fold.ts";
import { hoistFromLoops } from "./hoist.ts";
import { simplifyMasks } from "./masks.ts";
import { mergeEqual } from "./merge.ts";

export interface TilePass {
  readonly name: string;
  readonly run: (kernel: TileKernel) => TileKernel;
}

/** Read from top to bottom. Each line may rely on the lines above it. */
export const tilePasses: readonly TilePass[] = [
  { name: "fold constants", run: foldConstants },
  { name: "merge equal values", run: mergeEqual },
  { name: "simplify masks", run: simplifyMasks },
  { name: "drop dead values", run: dropDeadTiles },
  { name: "move out of loops", run: hoistFromLoops },
];
