import { bufferBytes } from "../ledger.ts";
import { readBack } from "./readback.ts";
import type { Session } from "./session.ts";
import { type Job, paddedCopy, type Storage, type StorageRoom } from "./storage.ts";

/** Longer chains of jobs are cut: after a loss at most this many run again for one tensor. */
const mostDepth = 24;

/** Bytes of freed uploads kept alive only as ingredients of later tensors. */
const mostKeptBytes = 256 * 2 ** 20;

/** Bytes that may be on their way to the CPU side while the device goes on. */
const mostCopying = 16 * 2 ** 20;

/** Copies the outputs of jobs to the CPU side. Nobody waits for the device, unless there is much to copy. */
export class Checkpoints {
  readonly #room: StorageRoom;
  readonly #copies = new Set<Promise<void>>();
  #bytes = 0;

  constructor(room: StorageRoom) {
    this.#room = room;
  }

  /** The outputs of this job, which has just run, are on their way. */
  async take(session: Session, job: Job): Promise<void> {
    for (const storage of job.outputs) {
      const buffer = storage.place?.session === session ? storage.place.buffer.buffer : undefined;
      if (storage.recipe.kind === "bytes" || buffer === undefined) continue;
      const size = bufferBytes(storage.bytes);
      if (size > mostCopying) await this.#read(session, storage, buffer);
      else {
        if (this.#bytes + size > mostCopying) await Promise.all(this.#copies);
        await this.#copy(session, storage, buffer);
      }
    }
  }

  async #read(session: Session, storage: Storage, buffer: GPUBuffer): Promise<void> {
    const data = await readBack(session, buffer, { start: 0, end: storage.bytes });
    await this.#keep(storage, paddedCopy(data));
  }

  async #copy(session: Session, storage: Storage, buffer: GPUBuffer): Promise<void> {
    const size = bufferBytes(storage.bytes);
    const begin = (): GPUBuffer => {
      const usage = GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST;
      const target = session.device.createBuffer({ size, usage });
      const encoder = session.device.createCommandEncoder();
      encoder.copyBufferToBuffer(buffer, 0, target, 0, size);
      session.device.queue.submit([encoder.finish()]);
      return target;
    };
    const staging = await session.checked(begin, { name: "keeping a result", span: storage.span });
    const copy = this.#arrive(session, storage, staging).finally(() => {
      this.#bytes -= size;
      this.#copies.delete(copy);
    });
    this.#bytes += size;
    this.#copies.add(copy);
  }

  /** Never rejects: where the device is lost first, the job that made the bytes makes them again. */
  async #arrive(session: Session, storage: Storage, staging: GPUBuffer): Promise<void> {
    const target = storage;
    target.copying = true;
    try {
      await session.orLost(staging.mapAsync(GPUMapMode.READ));
      const data = new Uint8Array(staging.getMappedRange().slice(0));
      staging.destroy();
      await this.#keep(storage, data.fill(0, storage.bytes));
    } catch {
      // Nothing was kept.
    } finally {
      target.copying = false;
    }
  }

  async #keep(storage: Storage, data: Uint8Array<ArrayBuffer>): Promise<void> {
    const target = storage;
    await this.#room.judged;
    if (target.fault === undefined) target.recipe = { kind: "bytes", data };
  }
}

/** Whether the outputs of this job should be copied to the CPU side now, to forget how they came about. */
export function wantsCheckpoint(job: Job): boolean {
  const seen = new Set<Storage>();
  let layer: readonly Storage[] = job.inputs;
  let kept = 0;
  for (let depth = 1; layer.length > 0; depth++) {
    if (depth > mostDepth) return true;
    const next: Storage[] = [];
    for (const storage of layer) {
      if (seen.has(storage)) continue;
      seen.add(storage);
      if (storage.copying === true) continue;
      if (storage.recipe.kind === "job") next.push(...storage.recipe.job.inputs);
      else if (storage.holders === 0) kept += storage.bytes;
    }
    layer = next;
  }
  return kept > mostKeptBytes;
}
