import type { TileKernel } from "@tilebook/ir";

/** The names of a kernel's scalar parameters, in the order in which a dispatch has their values. */
export function scalarNames({ params }: TileKernel): readonly string[] {
  return params.filter(({ kind }) => kind === "scalar").map(({ name }) => name);
}

/** The values of a dispatch by name. */
export function namedScalars(tile: TileKernel, scalars: readonly number[]): ReadonlyMap<string, number> {
  return new Map(scalarNames(tile).map((name, at) => [name, scalars[at] ?? 0]));
}
