import { Fault } from "@tilebook/base";
import type { BufferDType } from "../dtype.ts";
import type { TypeScope } from "../infer.ts";
import type { TileKernel, TileType, ValueId } from "../tile.ts";
import type { TypedValue } from "../walk.ts";

/** What is visible at one place of a kernel, as a walk in program order goes along. */
export class TileScope implements TypeScope {
  readonly #pointers = new Map<ValueId, BufferDType>();
  readonly #visible = new Map<ValueId, TileType>();
  readonly #defined = new Set<ValueId>();
  /** Values of the blocks that are open, innermost last. */
  readonly #blocks: ValueId[][] = [[]];

  constructor(kernel: TileKernel) {
    for (const param of kernel.params) {
      if (param.kind === "pointer") this.#pointers.set(param.value, param.dtype);
      else this.#visible.set(param.value, { dtype: param.dtype, shape: [] });
      this.#define(param.value);
    }
  }

  typeOf(value: ValueId): TileType {
    const type = this.#visible.get(value);
    if (type !== undefined) return type;
    throw new Fault("tile/value", this.#why(value));
  }

  pointee(pointer: ValueId): BufferDType {
    const dtype = this.#pointers.get(pointer);
    if (dtype !== undefined) return dtype;
    throw new Fault("tile/value", `%${pointer} is no pointer parameter`);
  }

  /** Makes a value visible until the end of its block. Throws when the id has been defined before. */
  add({ value, type }: TypedValue): void {
    this.#define(value);
    this.#visible.set(value, type);
    this.#blocks.at(-1)?.push(value);
  }

  open(): void {
    this.#blocks.push([]);
  }

  close(): void {
    for (const value of this.#blocks.pop() ?? []) this.#visible.delete(value);
  }

  #define(value: ValueId): void {
    if (!Number.isSafeInteger(value) || value < 0) throw new Fault("tile/value", `%${value} is no value id`);
    if (this.#defined.has(value)) throw new Fault("tile/value", `%${value} is defined twice`);
    this.#defined.add(value);
  }

  #why(value: ValueId): string {
    if (this.#pointers.has(value)) return `%${value} is a pointer; only load, store and atomics take one`;
    const hidden = this.#defined.has(value);
    return hidden
      ? `%${value} is not visible here: its block has ended`
      : `%${value} is used before it is defined`;
  }
}
