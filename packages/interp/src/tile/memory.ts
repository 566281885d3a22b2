import { outOfBounds, type Place, type PointerValue } from "./tile.ts";

/** The lanes of a load or store: where each goes, and which take part (all, when there is no mask). */
export interface Lanes {
  readonly pointer: PointerValue;
  readonly offset: Float64Array;
  readonly mask: Float64Array | undefined;
}

/** out = pointer[offset] where the mask holds, else `other` (0 when absent). Masked-off lanes touch no memory. */
export function loadInto(
  out: Float64Array,
  lanes: Lanes,
  other: Float64Array | undefined,
  place: Place,
): void {
  const { pointer, offset, mask } = lanes;
  const { values } = pointer;
  for (let lane = 0; lane < out.length; lane++) {
    if (mask !== undefined && mask[lane] === 0) {
      out[lane] = other?.[lane] ?? 0;
      continue;
    }
    const at = offset[lane] ?? 0;
    const value = values[at];
    if (value === undefined) throw outOfBounds("load from", pointer, { offset: at, lane }, place);
    out[lane] = value;
  }
}

/** pointer[offset] = value where the mask holds; of two lanes with one offset, the later wins. */
export function storeFrom(value: Float64Array, lanes: Lanes, place: Place): void {
  const { pointer, offset, mask } = lanes;
  const { values } = pointer;
  for (let lane = 0; lane < value.length; lane++) {
    if (mask !== undefined && mask[lane] === 0) continue;
    const at = offset[lane] ?? 0;
    if (at < 0 || at >= values.length) throw outOfBounds("store to", pointer, { offset: at, lane }, place);
    values[at] = value[lane] ?? 0;
  }
}
