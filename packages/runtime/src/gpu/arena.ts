import type { DType } from "@tilebook/ir";
import type { UniformField } from "@tilebook/compiler";

/** Uniform blocks start at multiples of this: the strictest alignment WebGPU lets a device ask for. */
export const slotBytes = 256;

/**
 * The uniform blocks of one submit, side by side in one buffer. Each dispatch names its block by a dynamic offset,
 * so one bind group serves every dispatch over the same buffers. Emptied before each submit: writes to a queue
 * and submits to it happen in order.
 */
export class UniformArena {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  #used = 0;

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** The bytes written since `reset`. */
  get written(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#used);
  }

  /** Whether a block of `bytes` bytes still fits. */
  fits(bytes: number): boolean {
    return this.#used + roundUp(bytes) <= this.#bytes.length;
  }

  reset(): void {
    this.#used = 0;
  }

  /** Writes one value per field and returns the block's offset. The block must fit. */
  push(fields: readonly UniformField[], values: readonly number[], bytes: number): number {
    return this.#put(uniformBlock(fields, values, bytes));
  }

  /** The same with a block made before, but for which programs are to run: `fields` are those of the block. */
  pushPiece(
    block: Uint8Array,
    fields: readonly UniformField[],
    { base, count }: { readonly base: number; readonly count: number },
  ): number {
    const offset = this.#put(block);
    this.#view.setUint32(offset + (fields[baseField]?.offset ?? 0), base, true);
    this.#view.setUint32(offset + (fields[baseField + 1]?.offset ?? 0), base + count, true);
    return offset;
  }

  #put(block: Uint8Array): number {
    const offset = this.#used;
    this.#bytes.set(block, offset);
    this.#used += roundUp(block.length);
    return offset;
  }
}

/** The first program of a piece, then the one behind its last, stand after the grid's three sizes. */
const baseField = 3;

/** A uniform block with one value per field, as long as its slot. */
export function uniformBlock(
  fields: readonly UniformField[],
  values: readonly number[],
  bytes: number,
): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(roundUp(bytes));
  const view = new DataView(block.buffer);
  fields.forEach((field, index) => write[field.dtype](view, field.offset, values[index] ?? 0));
  return block;
}

function roundUp(bytes: number): number {
  return Math.ceil(bytes / slotBytes) * slotBytes;
}

/** How a scalar lies in a uniform block. f16 parameters travel as f32. */
const write: Record<DType, (view: DataView, at: number, value: number) => void> = {
  f32: (view, at, value) => view.setFloat32(at, value, true),
  f16: (view, at, value) => view.setFloat32(at, value, true),
  i32: (view, at, value) => view.setInt32(at, value, true),
  u32: (view, at, value) => view.setUint32(at, value, true),
  bool: (view, at, value) => view.setUint32(at, value === 0 ? 0 : 1, true),
};
