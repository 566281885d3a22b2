import { bucketBytes, bufferBytes } from "../ledger.ts";

/** What the pool keeps of one GPU buffer. `id` is never used twice, so caches may name buffers by it. */
export interface PooledBuffer<B> {
  readonly id: number;
  readonly buffer: B;
  /** Bytes in use, from its start: what was asked for, rounded up to 16. Kernels see no more of it. */
  bytes: number;
  /** Bytes of the real buffer. */
  readonly capacity: number;
  /** True until it is first given back: a buffer straight from the device is all zero. */
  fresh: boolean;
}

export interface PoolLimits {
  /** Most free buffers kept of one size, but of small ones as many as have `smallBytes` together. */
  readonly perSize: number;
  readonly smallBytes: number;
  /** Larger buffers are destroyed when they are given back. */
  readonly largestBytes: number;
  /** Most bytes of free buffers. */
  readonly totalBytes: number;
}

export const poolLimits: PoolLimits = {
  perSize: 16,
  smallBytes: 2 ** 20,
  largestBytes: 64 * 2 ** 20,
  totalBytes: 256 * 2 ** 20,
};

/**
 * Free buffers by size. Sizes repeat in notebooks, so the same buffer serves many runs, and runs of nearly the same size. The oldest free one is
 * taken, whichever came back last: so the steps of a training have the same buffers at the same places, step after step, and bind
 * groups that are known.
 */
export class BufferPool<B> {
  readonly #make: (bytes: number) => B;
  readonly #destroy: (buffer: B) => void;
  readonly #limits: PoolLimits;
  /** Least recently used size first; of each the youngest buffer first. */
  readonly #free = new Map<number, PooledBuffer<B>[]>();
  #freeBytes = 0;
  #encoding = false;
  /** Most free bytes that somebody wanted to remain, while nothing could be destroyed. */
  #trimLater = Infinity;
  #next = 1;

  constructor(make: (bytes: number) => B, destroy: (buffer: B) => void, limits: PoolLimits = poolLimits) {
    this.#make = make;
    this.#destroy = destroy;
    this.#limits = limits;
  }

  get freeBytes(): number {
    return this.#freeBytes;
  }

  /** A buffer of at least `bytes` bytes. It holds zeros only while it is `fresh`. */
  take(bytes: number): PooledBuffer<B> {
    const capacity = bucketBytes(bytes);
    const pooled = this.#free.get(capacity)?.pop();
    if (pooled !== undefined) {
      this.#freeBytes -= capacity;
      pooled.bytes = bufferBytes(bytes);
      return pooled;
    }
    const buffer = this.#make(capacity);
    return { id: this.#next++, buffer, bytes: bufferBytes(bytes), capacity, fresh: true };
  }

  give(pooled: PooledBuffer<B>): void {
    pooled.fresh = false;
    const { capacity } = pooled;
    const bucket = this.#free.get(capacity) ?? [];
    let at = bucket.length;
    while (at > 0 && (bucket[at - 1]?.id ?? 0) < pooled.id) at--;
    bucket.splice(at, 0, pooled);
    this.#free.delete(capacity);
    this.#free.set(capacity, bucket);
    this.#freeBytes += capacity;
    this.#keepLimits();
  }

  /**
   * Encodes and submits. Commands that are encoded may use what was given back since: it may be taken again, and is not destroyed
   * before they are submitted.
   */
  whileEncoding<T>(work: () => T): T {
    this.#encoding = true;
    try {
      return work();
    } finally {
      this.#encoding = false;
      this.#keepLimits();
    }
  }

  #keepLimits(): void {
    if (this.#encoding) return;
    for (const [size, bucket] of this.#free) {
      const { perSize, smallBytes, largestBytes } = this.#limits;
      const most = size > largestBytes ? 0 : Math.max(perSize, Math.floor(smallBytes / size));
      while (bucket.length > most) this.#drop(size, bucket.shift());
    }
    this.trim(Math.min(this.#limits.totalBytes, this.#trimLater));
  }

  #drop(size: number, pooled: PooledBuffer<B> | undefined): void {
    if (pooled === undefined) return;
    this.#freeBytes -= size;
    this.#destroy(pooled.buffer);
  }

  /** Destroys free buffers, the longest unused sizes first, until at most `mostBytes` of them remain. */
  trim(mostBytes: number): void {
    if (this.#encoding) {
      this.#trimLater = Math.min(this.#trimLater, mostBytes);
      return;
    }
    this.#trimLater = Infinity;
    for (const [size, bucket] of this.#free) {
      while (this.#freeBytes > mostBytes && bucket.length > 0) this.#drop(size, bucket.shift());
      if (bucket.length === 0) this.#free.delete(size);
    }
  }
}
