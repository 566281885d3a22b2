import type { TileKernel } from "@tilebook/ir";

export interface TilePass {
  readonly name: string;
  readonly run: (kernel: TileKernel) => TileKernel;
}

/** Read from top to bottom. Each line may rely on the lines above it. */
export const tilePasses: readonly TilePass[] = [];
