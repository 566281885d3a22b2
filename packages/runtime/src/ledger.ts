import { Fault, type Span } from "@tilebook/base";
import type { TensorType } from "@tilebook/ir";

/** WebGPU wants multiples of 4; 16 lets a kernel bind any tensor as vec4. A tensor of no elements gets 16 bytes. */
export function bufferBytes(bytes: number): number {
  return Math.max(16, Math.ceil(bytes / 16) * 16);
}

/** Larger buffers are rounded up by less than this. */
const largestStep = 2 ** 20;

/**
 * Bytes of the buffer that a pool takes for so many: an eighth of a power of two at a time, so that near sizes share a
 * buffer and at most one byte in eight is idle. Sizes of few digits, as tensors have them, mostly are such steps.
 */
export function bucketBytes(bytes: number): number {
  const size = bufferBytes(bytes);
  const octave = 2 ** Math.floor(Math.log2(size));
  const step = Math.min(largestStep, Math.max(16, octave / 8));
  return Math.ceil(size / step) * step;
}

/** What memory is asked for: shown when it is refused. */
export interface MemoryClaim {
  readonly type: TensorType;
  readonly bytes: number;
  readonly span?: Span | undefined;
}

/** Counts the bytes of living buffers against a budget. It counts real buffer sizes, not tensor sizes. */
export class MemoryLedger {
  readonly budgetBytes: number;
  /** The size of the buffer that holds so many bytes. */
  readonly sizeOf: (bytes: number) => number;
  #live = 0;
  #peak = 0;

  constructor(budgetBytes: number, sizeOf: (bytes: number) => number = bufferBytes) {
    this.budgetBytes = budgetBytes;
    this.sizeOf = sizeOf;
  }

  get liveBytes(): number {
    return this.#live;
  }

  get peakBytes(): number {
    return this.#peak;
  }

  /** How many more bytes fit. */
  get room(): number {
    return this.budgetBytes - this.#live;
  }

  /** Throws Fault `executor/out-of-memory` when the claim does not fit. */
  claim(claim: MemoryClaim): void {
    const bytes = this.sizeOf(claim.bytes);
    if (bytes > this.room) throw outOfMemory(claim, this);
    this.#live += bytes;
    this.#peak = Math.max(this.#peak, this.#live);
  }

  release(bytes: number): void {
    this.#live -= this.sizeOf(bytes);
  }
}

/**
 * The shape with its longest axis (the first of them) cut to what fits into so many bytes; nothing where that leaves nothing. `sizeOf` is as a
 * ledger's.
 */
export function fittingShape(
  { type, bytes }: Pick<MemoryClaim, "type" | "bytes">,
  most: number,
  sizeOf: (bytes: number) => number = bufferBytes,
): readonly number[] | undefined {
  const longest = Math.max(...type.shape);
  const axis = type.shape.indexOf(longest);
  let size = Math.floor((longest * most) / bytes);
  while (size > 0 && sizeOf((bytes * size) / longest) > most) size -= Math.ceil(size / 64);
  return axis < 0 || size < 1 ? undefined : type.shape.with(axis, size);
}

/** The hint, with a shape that would fit before it where there is one. */
function withShape(shape: readonly number[] | undefined, hint: string): string {
  return shape === undefined ? hint : `[${shape.join(", ")}] would fit; or ${hint}`;
}

export function outOfMemory(claim: MemoryClaim, ledger: MemoryLedger): Fault {
  const what = describeTensor(claim.type);
  const used = `${readableBytes(ledger.liveBytes)} of the budget of ${readableBytes(ledger.budgetBytes)} are in use`;
  const shape = fittingShape(claim, ledger.room, ledger.sizeOf);
  const alone = ledger.sizeOf(claim.bytes) > ledger.budgetBytes;
  return new Fault(
    "executor/out-of-memory",
    `no memory for ${what}: it needs ${readableBytes(claim.bytes)}, and ${used}`,
    {
      span: claim.span,
      hint: alone
        ? `it can never fit: ${withShape(shape, "compute it in pieces and keep only the result")}`
        : withShape(shape, "delete cells whose tensors are no longer needed, or compute it in pieces"),
    },
  );
}

/** One buffer may not be larger than the device allows, whatever the budget. */
export function tensorTooLarge(claim: MemoryClaim, mostBytes: number): Fault {
  return new Fault(
    "executor/out-of-memory",
    `${describeTensor(claim.type)} needs ${readableBytes(claim.bytes)}, and one buffer of this device holds at most ${readableBytes(mostBytes)}`,
    {
      span: claim.span,
      hint: withShape(fittingShape(claim, mostBytes), "split it along its first axis and work on the parts"),
    },
  );
}

/** For people: "f32 [64, 128]". */
export function describeTensor(type: TensorType): string {
  return `a tensor ${type.dtype} [${type.shape.join(", ")}]`;
}

/** For people: bytes in the unit that reads best. */
export function readableBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 2 ** 20) return `${Number((bytes / 1024).toPrecision(3))} KiB`;
  if (bytes < 2 ** 30) return `${Number((bytes / 2 ** 20).toPrecision(3))} MiB`;
  return `${Number((bytes / 2 ** 30).toPrecision(3))} GiB`;
}
