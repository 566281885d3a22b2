import type { TileType, ValueId } from "@tilebook/ir";
import type { Memory } from "../thread/ir.ts";
import { allocate, type Context, layoutOf, now } from "./context.ts";
import { laneOf, lanesOf, same } from "./lanes.ts";
import { forRegisters, publish, writeRegister } from "./registers.ts";
import { flatten, registerSite } from "./site.ts";

/** Takes a tile that stands in workgroup memory, in row-major order, into the registers of those who hold it. */
export function takeFromCommon(
  context: Context,
  result: { readonly value: ValueId; readonly type: TileType; readonly label: string },
  common: Memory,
): void {
  const { emitter } = context;
  const { value, type, label } = result;
  const layout = layoutOf(context, value, type);
  const memory = allocate(context, type, layout, label);
  const since = now(context);
  forRegisters(context, layout, (row, chunk) => {
    const place = registerSite(context, layout, row, chunk);
    const index = flatten(context, place.coordinates, layout.shape).lanes;
    const read = (lane: number) => emitter.read(common, laneOf(emitter, index, lane), since);
    const lanes = index.kind === "same" ? same(read(0)) : lanesOf(emitter.pack([0, 1, 2, 3].map(read)));
    writeRegister(context, { memory, layout }, { row, chunk }, lanes);
  });
  publish(context, value, { memory, layout });
}
