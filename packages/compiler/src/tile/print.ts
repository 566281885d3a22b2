import type { Span } from "@tilebook/base";
import type { TileKernel } from "@tilebook/ir";

/** Tile IR as text, one span a line. */
export function printTiles(kernel: TileKernel): {
  readonly text: string;
  readonly spans: readonly (Span | undefined)[];
} {
  return { text: `${JSON.stringify(kernel.body)}\n`, spans: [kernel.span] };
}
