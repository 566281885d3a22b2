import { type PackedDType, packedInfo, roundStored, storedBytes } from "./dtype.ts";

/** Whole numbers as the bytes of a buffer: the first in the lowest bits of a byte, low bits kept. Whole words. */
export function packValues(values: ArrayLike<number>, dtype: PackedDType): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(storedBytes(values.length, dtype));
  const { bits } = packedInfo[dtype];
  const perByte = 8 / bits;
  for (let at = 0; at < values.length; at++) {
    const place = Math.floor(at / perByte);
    const low = (values[at] ?? 0) & (2 ** bits - 1);
    bytes[place] = (bytes[place] ?? 0) | (low << (bits * (at % perByte)));
  }
  return bytes;
}

/** The first `length` numbers of such bytes. */
export function unpackValues(bytes: Uint8Array, dtype: PackedDType, length: number): number[] {
  const { bits } = packedInfo[dtype];
  const perByte = 8 / bits;
  return Array.from({ length }, (_, at) =>
    roundStored((bytes[Math.floor(at / perByte)] ?? 0) >> (bits * (at % perByte)), dtype),
  );
}
