import type { MemoryAccess } from "@tilebook/interp";
import { touched, type StepBuffer } from "../../step.ts";

/** Parts of a strip. */
const PARTS = 256;

/** What a program has done to one buffer, element by element. */
export class Touches {
  readonly value: number;
  readonly flags: Uint8Array;
  readonly #strip: Uint8Array;
  #loaded = 0;
  #stored = 0;
  #focus = 0;

  constructor(value: number, length: number) {
    this.value = value;
    this.flags = new Uint8Array(length);
    this.#strip = new Uint8Array(Math.max(1, Math.min(PARTS, length)));
  }

  /** This was done. */
  add({ how, lanes }: MemoryAccess): void {
    const bits = bitsOf(how);
    lanes.forEach(({ offset }, at) => {
      const before = this.flags[offset];
      if (before === undefined) return;
      if (at === 0) this.#focus = offset;
      const gained = bits & ~before;
      if ((gained & touched.loaded) !== 0) this.#loaded += 1;
      if ((gained & touched.stored) !== 0) this.#stored += 1;
      this.flags[offset] = before | bits;
      this.#mark(this.#strip, offset, bits);
    });
  }

  clear(): void {
    this.flags.fill(0);
    this.#strip.fill(0);
    [this.#loaded, this.#stored, this.#focus] = [0, 0, 0];
  }

  /** The strip, with what the next op is about to do when it goes to this buffer. */
  show(next: MemoryAccess | undefined): StepBuffer {
    const { value, flags } = this;
    const strip = this.#strip.slice();
    const mine = next?.pointer === value ? next : undefined;
    const bits = mine === undefined ? 0 : nextBitsOf(mine.how);
    const inside = mine?.lanes.filter(({ offset }) => offset >= 0 && offset < flags.length) ?? [];
    for (const { offset } of inside) this.#mark(strip, offset, bits);
    return {
      value,
      strip,
      loaded: this.#loaded,
      stored: this.#stored,
      focus: inside[0]?.offset ?? this.#focus,
      ...(mine === undefined ? {} : { next: { how: mine.how, elements: mine.lanes.length } }),
    };
  }

  #mark(strip: Uint8Array, offset: number, bits: number): void {
    const part = Math.floor((offset * strip.length) / this.flags.length);
    // oxlint-disable-next-line no-param-reassign -- a strip being made
    strip[part] = (strip[part] ?? 0) | bits;
  }
}

function bitsOf(how: MemoryAccess["how"]): number {
  if (how === "load") return touched.loaded;
  return how === "store" ? touched.stored : touched.loaded | touched.stored;
}

export function nextBitsOf(how: MemoryAccess["how"]): number {
  if (how === "load") return touched.nextLoads;
  return how === "store" ? touched.nextStores : touched.nextLoads | touched.nextStores;
}
