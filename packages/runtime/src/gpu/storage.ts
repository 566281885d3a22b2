import type { Fault, Span } from "@tilebook/base";
import type { TensorType } from "@tilebook/ir";
import type { KernelTiming, LaunchMessages } from "../executor.ts";
import type { PooledBuffer } from "./pool.ts";
import { bufferBytes, describeTensor, type MemoryLedger } from "../ledger.ts";
import type { Session } from "./session.ts";

/**
 * The bytes behind one or more tensors. They never change once made, and `recipe` says how to make them again:
 * so a lost device loses nothing.
 */
export interface Storage {
  readonly type: TensorType;
  readonly bytes: number;
  /** Where in the cells it was asked for, when known. */
  readonly span?: Span | undefined;
  recipe: Recipe;
  /** Its bytes are on their way to the CPU side, to be its recipe. */
  copying?: boolean;
  /** Where the bytes are on a device. Of no use when that device is gone. */
  place: { readonly session: Session; readonly buffer: PooledBuffer<GPUBuffer> } | undefined;
  /** Why there will never be such bytes: what the device had against the commands that should have made them. */
  fault?: Fault | undefined;
  /** Its memory belongs to what was made of it, or will come from there: nothing is counted for it until it has bytes again. */
  isGiven?: boolean;
  /** Tensors and runs that need the bytes. At 0 the buffer is given back; the recipe stays for its descendants. */
  holders: number;
}

export type Recipe =
  | { readonly kind: "bytes"; readonly data: Uint8Array<ArrayBuffer> }
  | { readonly kind: "job"; readonly job: Job };

/** Something that makes storages out of storages on any device, always the same ones. */
export interface Job {
  readonly inputs: readonly Storage[];
  readonly outputs: readonly Storage[];
  /** Outputs that get the memory of an input, and that. */
  readonly takes?: ReadonlyMap<Storage, Storage>;
  /** Inputs are on the device, inputs and outputs are claimed. On failure nothing else stays claimed. */
  readonly execute: (session: Session, signal: AbortSignal | undefined) => Promise<Done>;
}

export interface Done {
  /** One per output of the job. */
  readonly buffers: readonly PooledBuffer<GPUBuffer>[];
  readonly timings: readonly KernelTiming[];
  readonly peakBytes: number;
  readonly messages: readonly LaunchMessages[];
  /** What the device has against it, where that is not known yet. */
  readonly verdict?: Promise<Fault | undefined>;
}

/** Holds storages, counts their bytes, and puts them on the device that is there now. */
export class StorageRoom {
  readonly ledger: MemoryLedger;
  #judged: Promise<void> = Promise.resolve();

  constructor(ledger: MemoryLedger) {
    this.ledger = ledger;
  }

  hold(storage: Storage): void {
    if (storage.holders === 0 && storage.isGiven !== true) this.ledger.claim(storage);
    storage.holders += 1;
  }

  release(storage: Storage): void {
    storage.holders -= 1;
    if (storage.holders > 0) return;
    if (storage.isGiven !== true) this.ledger.release(storage.bytes);
    const place = storage.place;
    storage.place = undefined;
    if (place === undefined || place.session.loss !== undefined) return;
    if (storage.fault === undefined) place.session.pool.give(place.buffer);
    else place.buffer.buffer.destroy();
  }

  /** All that was to be known about the runs so far is known. Never rejects. */
  get judged(): Promise<void> {
    return this.#judged;
  }

  /** A buffer of the pool; free buffers go when the budget needs their room. The bytes are already claimed. */
  take(session: Session, bytes: number): PooledBuffer<GPUBuffer> {
    const { pool } = session;
    const found = pool.take(bytes);
    if (found.fresh) pool.trim(Math.max(0, this.ledger.room));
    return found;
  }

  /** The buffer with these bytes on this device: there already, uploaded again, or computed again. */
  async materialise(session: Session, storage: Storage): Promise<PooledBuffer<GPUBuffer>> {
    if (storage.fault !== undefined) throw storage.fault;
    if (storage.place?.session === session) return storage.place.buffer;
    const { recipe } = storage;
    if (recipe.kind === "bytes" || recipe.job.takes?.has(storage) !== true) this.#claimAgain(storage);
    if (recipe.kind === "bytes") return this.#upload(session, storage, recipe.data);
    await this.perform(session, recipe.job, undefined);
    const place: Storage["place"] = storage.place;
    if (place?.session === session) return place.buffer;
    throw new Error("a job did not make its outputs");
  }

  /** Runs a job and puts its outputs in place. Outputs nobody holds (any more) are given back. */
  async perform(session: Session, job: Job, signal: AbortSignal | undefined): Promise<Done> {
    const held: Storage[] = [];
    try {
      for (const storage of [...job.inputs, ...job.outputs]) {
        this.hold(storage);
        held.push(storage);
      }
      for (const input of job.inputs) await this.materialise(session, input);
      const done = await job.execute(session, signal);
      done.buffers.forEach((buffer, at) => {
        const storage = job.outputs[at];
        const isTaken = storage !== undefined && job.takes?.has(storage) === true;
        this.#put(session, { storage, buffer, isTaken });
      });
      this.#judge(job, done.verdict);
      return done;
    } finally {
      for (const storage of held) this.release(storage);
    }
  }

  /** What was made of outputs that are not to be had is not to be had either. Runs are judged in their order. */
  #judge(job: Job, verdict: Promise<Fault | undefined> | undefined): void {
    this.#judged = this.#judged.then(async () => {
      // A lost device has no verdict: the job runs again on the next one.
      const own = await verdict?.catch(() => undefined);
      const fault = own ?? job.inputs.find((input) => input.fault !== undefined)?.fault;
      if (fault !== undefined) for (const output of job.outputs) output.fault = fault;
    });
  }

  /** What was claimed for a buffer that was taken is still claimed: for its new owner, unless that has claimed it already. */
  #put(session: Session, { storage, buffer, isTaken }: Made): void {
    const isThere = storage === undefined || storage.place?.session === session;
    if (isThere) session.pool.give(buffer);
    else storage.place = { session, buffer };
    if (isTaken && (isThere || storage.isGiven !== true)) this.ledger.release(storage?.bytes ?? 0);
    else if (isTaken && storage !== undefined) storage.isGiven = false;
    else if (storage !== undefined) this.#claimAgain(storage);
  }

  /** It has bytes of its own again, from now on. */
  #claimAgain(storage: Storage): void {
    if (storage.isGiven !== true) return;
    if (storage.holders > 0) this.ledger.claim(storage);
    const own = storage;
    own.isGiven = false;
  }

  async #upload(
    session: Session,
    storage: Storage,
    data: Uint8Array<ArrayBuffer>,
  ): Promise<PooledBuffer<GPUBuffer>> {
    const buffer = await session.checked(
      () => {
        const taken = this.take(session, storage.bytes);
        session.device.queue.writeBuffer(taken.buffer, 0, data);
        return taken;
      },
      { name: describeTensor(storage.type), span: storage.span },
    );
    storage.place = { session, buffer };
    return buffer;
  }
}

interface Made {
  readonly storage: Storage | undefined;
  readonly buffer: PooledBuffer<GPUBuffer>;
  readonly isTaken: boolean;
}

/** The data padded to the size of its buffer, in memory of our own. */
export function paddedCopy(data: Uint8Array): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bufferBytes(data.length));
  copy.set(data);
  return copy;
}

/** The same without a copy, where these bytes are a whole buffer of the right size. They must not change any more. */
export function paddedOwn(data: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, length } = data;
  const whole =
    buffer instanceof ArrayBuffer && buffer.byteLength === length && length === bufferBytes(length);
  return whole ? new Uint8Array(buffer) : paddedCopy(data);
}
