import { bitsOf, sizeOf, type TensorType } from "@tilebook/ir";
import { localType, rangesOf, type Sbp } from "../sbp/sbp.ts";

interface Rank {
  readonly rank: number;
  readonly ranks: number;
}

/** A rank's part of a tensor's bytes, of which it has one. Of a sum, rank 0 has it and the others have zeros. */
export function partBytes(bytes: Uint8Array, type: TensorType, sbp: Sbp, { rank, ranks }: Rank): Uint8Array {
  if (
    sbp.kind === "broadcast" ||
    sbp.kind === "at" ||
    (sbp.kind === "partial" && (rank === 0 || sbp.op !== "sum"))
  )
    return bytes.slice();
  if (sbp.kind === "partial") return new Uint8Array(bytes.length);
  const part = new Uint8Array((sizeOf(localType(type, sbp, rank, ranks).shape) * bitsOf(type.dtype)) / 8);
  eachRow(type, sbp.axis, { rank, ranks }, ({ whole, mine, length }) =>
    part.set(bytes.subarray(whole, whole + length), mine),
  );
  return part;
}

/** The inverse, of the parts of all ranks; of a tensor that is whole on any, of one. */
export function joinParts(parts: readonly Uint8Array[], type: TensorType, sbp: Sbp): Uint8Array {
  const [first] = parts;
  if (sbp.kind !== "split") return first ?? new Uint8Array(0);
  const bytes = new Uint8Array((sizeOf(type.shape) * bitsOf(type.dtype)) / 8);
  parts.forEach((part, rank) => {
    eachRow(type, sbp.axis, { rank, ranks: parts.length }, ({ whole, mine, length }) =>
      bytes.set(part.subarray(mine, mine + length), whole),
    );
  });
  return bytes;
}

interface Row {
  /** Where it begins in the whole tensor's bytes, and in the part's. */
  readonly whole: number;
  readonly mine: number;
  readonly length: number;
}

/** Runs of bytes that lie together in the whole tensor and in a part. */
function eachRow(
  { dtype, shape }: TensorType,
  axis: number,
  { rank, ranks }: Rank,
  visit: (row: Row) => void,
): void {
  const size = shape[axis] ?? 1;
  const { start, end } = rangesOf(size, ranks)[rank] ?? { start: 0, end: 0 };
  const inner = (sizeOf(shape.slice(axis + 1)) * bitsOf(dtype)) / 8;
  const length = (end - start) * inner;
  for (let outer = 0; outer < sizeOf(shape.slice(0, axis)); outer++)
    visit({ whole: (outer * size + start) * inner, mine: outer * length, length });
}
