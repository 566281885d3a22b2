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
    const offset = this.#used;
    this.#bytes.fill(0, offset, offset + roundUp(bytes));
    fields.forEach((field, index) =>
      write[field.dtype](this.#view, offset + field.offset, values[index] ?? 0),
    );
    this.#used += roundUp(bytes);
    return offset;
  }
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
