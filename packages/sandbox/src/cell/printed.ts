import type { PrintedOutput, PrintedTile } from "@tilebook/notebook";
import type { LaunchMessages } from "@tilebook/runtime";
import type { Outputs } from "./outputs.ts";

/** Tiles of one launch that are shown; the rest is counted. */
const mostTiles = 200;

/** Puts what launches printed into the cell's output: one output for each launch that printed. */
export function showPrinted(
  launches: readonly LaunchMessages[],
  scope: { readonly outputs: Outputs } | undefined,
): void {
  for (const launch of launches) {
    const output = printedOutput(launch);
    if (output !== undefined) scope?.outputs.add(output);
  }
}

export function printedOutput({ kernel, messages, dropped }: LaunchMessages): PrintedOutput | undefined {
  const tiles = messages.slice(0, mostTiles).map(({ site, program, visit, elements }): PrintedTile => ({
    text: site.text,
    program: [...program],
    visit,
    dtype: site.dtype,
    shape: [...site.shape],
    places: elements.map(({ place }) => place),
    values: elements.map(({ value }) => value),
  }));
  if (tiles.length === 0) return undefined;
  return { kind: "printed", kernel, tiles, more: messages.length - tiles.length, dropped };
}
