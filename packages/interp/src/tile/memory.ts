import { atomicMeaning, type AtomicName, roundStored } from "@tilebook/ir";
import { outOfBounds, type Place, type PointerValue } from "./tile.ts";
import type { MemoryWatch } from "./watch.ts";

/** The lanes of a load or store: where each goes, and which take part (all, when there is no mask). */
export interface Lanes {
  readonly pointer: PointerValue;
  readonly offset: Float64Array;
  readonly mask: Float64Array | undefined;
  readonly watch: MemoryWatch | undefined;
}

/** out = pointer[offset] where the mask holds, else `other` (0 when absent). Masked-off lanes touch no memory. */
export function loadInto(
  out: Float64Array,
  lanes: Lanes,
  other: Float64Array | undefined,
  place: Place,
): void {
  const { pointer, offset, mask, watch } = lanes;
  const { values } = pointer;
  for (let lane = 0; lane < out.length; lane++) {
    if (mask !== undefined && mask[lane] === 0) {
      out[lane] = other?.[lane] ?? 0;
      continue;
    }
    const at = offset[lane] ?? 0;
    const value = values[at];
    if (value === undefined) throw outOfBounds("load from", pointer, { offset: at, lane }, place);
    watch?.touch("load", pointer, { at, lane }, place);
    out[lane] = value;
  }
}

/** pointer[offset] = value where the mask holds; of two lanes with one offset, the later wins. */
export function storeFrom(value: Float64Array, lanes: Lanes, place: Place): void {
  const { pointer, offset, mask, watch } = lanes;
  const { values } = pointer;
  watch?.beginStore();
  for (let lane = 0; lane < value.length; lane++) {
    if (mask !== undefined && mask[lane] === 0) continue;
    const at = offset[lane] ?? 0;
    if (at < 0 || at >= values.length) throw outOfBounds("store to", pointer, { offset: at, lane }, place);
    const stored = storedValue(value[lane] ?? 0, pointer);
    watch?.touch("store", pointer, { at, lane, stored }, place);
    values[at] = stored;
  }
}

/** out = what stood at pointer[offset]; then it is changed. Lanes take their turns in order. */
export function atomicInto(
  out: Float64Array,
  change: {
    readonly op: AtomicName;
    readonly value: Float64Array;
    readonly compare: Float64Array | undefined;
  },
  lanes: Lanes,
  place: Place,
): void {
  const { pointer, offset, mask, watch } = lanes;
  const { values } = pointer;
  for (let lane = 0; lane < out.length; lane++) {
    out[lane] = 0;
    if (mask !== undefined && mask[lane] === 0) continue;
    const at = offset[lane] ?? 0;
    const old = values[at];
    if (old === undefined) throw outOfBounds("atomic on", pointer, { offset: at, lane }, place);
    watch?.touch("atomic", pointer, { at, lane }, place);
    out[lane] = old;
    const value = change.value[lane] ?? 0;
    if (change.op === "cas") values[at] = old === change.compare?.[lane] ? value : old;
    else values[at] = storedValue(atomicMeaning[change.op](old, value), pointer);
  }
}

/** Floats were rounded, or left alone, where they were computed. */
function storedValue(value: number, { dtype }: PointerValue): number {
  return dtype === "f32" || dtype === "f16" ? value : roundStored(value, dtype);
}
