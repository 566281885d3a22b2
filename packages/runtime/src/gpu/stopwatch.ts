/** Room for this many timed passes in one query set: one submit's worth. */
export const passesPerSubmit = 64;

const bytesPerSubmit = passesPerSubmit * 16;
const submitsHeld = 64;

interface Memory {
  readonly queries: GPUQuerySet;
  readonly held: GPUBuffer;
  readonly readable: GPUBuffer;
}

/**
 * GPU time of compute passes, where the device has `timestamp-query`. Times of up to 64 submits gather on the device
 * and come out in one read. Browsers round them, by default to 0.1 ms.
 */
export class Stopwatch {
  readonly #device: GPUDevice;
  #memory: Memory | undefined;
  /** For each submit held, the label of each of its passes. */
  #labels: (readonly number[])[] = [];
  #current: number[] = [];

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** Made when the first pass is timed: most devices never time one. */
  get #made(): Memory {
    this.#memory ??= memoryOn(this.#device);
    return this.#memory;
  }

  get full(): boolean {
    return this.#labels.length === submitsHeld;
  }

  /** Forgets all that was not read. */
  reset(): void {
    this.#labels = [];
    this.#current = [];
  }

  /** Times the next pass of this submit under `label`. At most 64 a submit. */
  pass(label: number): GPUComputePassTimestampWrites {
    const at = this.#current.push(label) - 1;
    return {
      querySet: this.#made.queries,
      beginningOfPassWriteIndex: at * 2,
      endOfPassWriteIndex: at * 2 + 1,
    };
  }

  /** Ends this submit's list: its times are put aside on the device. */
  close(encoder: GPUCommandEncoder): void {
    if (this.#current.length === 0) return;
    const offset = this.#labels.length * bytesPerSubmit;
    const { queries, held } = this.#made;
    encoder.resolveQuerySet(queries, 0, this.#current.length * 2, held, offset);
    this.#labels.push(this.#current);
    this.#current = [];
  }

  /** Milliseconds of each pass since the last read, with its label. `wait` waits for the mapping. */
  async read(
    wait: (work: Promise<void>) => Promise<void>,
  ): Promise<readonly { readonly label: number; readonly ms: number }[]> {
    const labels = this.#labels;
    this.reset();
    if (labels.length === 0) return [];
    const bytes = labels.length * bytesPerSubmit;
    const { held, readable } = this.#made;
    const encoder = this.#device.createCommandEncoder();
    encoder.copyBufferToBuffer(held, 0, readable, 0, bytes);
    this.#device.queue.submit([encoder.finish()]);
    await wait(readable.mapAsync(GPUMapMode.READ, 0, bytes));
    const stamps = new BigUint64Array(readable.getMappedRange(0, bytes).slice(0));
    readable.unmap();
    return labels.flatMap((passes, submit) =>
      passes.map((label, pass) => ({ label, ms: elapsed(stamps, submit * passesPerSubmit * 2 + pass * 2) })),
    );
  }
}

function memoryOn(device: GPUDevice): Memory {
  const size = bytesPerSubmit * submitsHeld;
  const { QUERY_RESOLVE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
  return {
    queries: device.createQuerySet({ type: "timestamp", count: passesPerSubmit * 2 }),
    held: device.createBuffer({ size, usage: QUERY_RESOLVE | COPY_SRC }),
    readable: device.createBuffer({ size, usage: COPY_DST | MAP_READ }),
  };
}

/** Milliseconds between two stamps in nanoseconds. Some drivers count backwards now and then: that is 0. */
function elapsed(stamps: BigUint64Array, at: number): number {
  const ns = (stamps[at + 1] ?? 0n) - (stamps[at] ?? 0n);
  return ns > 0n ? Number(ns) / 1e6 : 0;
}
