import type { Program, ProgramBuffer, Target } from "@tilebook/compiler";
import type { TensorType } from "@tilebook/ir";
import { checkProgram } from "../check-program.ts";
import type { DeviceReport, Executor, MemoryReport, RunResult, TensorHandle } from "../executor.ts";
import {
  badProgram,
  checkRange,
  closed,
  interrupted,
  tensorBytes,
  unknownTensor,
  wrongSize,
} from "../faults.ts";
import { Turns } from "../queue.ts";
import { wantsCheckpoint } from "./checkpoint.ts";
import { reportOf, targetOf } from "./device.ts";
import { tensorTooLarge } from "../ledger.ts";
import { madeOutputs } from "../lifetimes.ts";
import type { Lifeline } from "./lifeline.ts";
import type { PooledBuffer } from "./pool.ts";
import { type Bench, ProgramRun } from "./program-run.ts";
import { readBack } from "./readback.ts";
import type { Session } from "./session.ts";
import { type Done, type Job, paddedCopy, type Storage } from "./storage.ts";

interface Tensor {
  readonly type: TensorType;
  readonly storage: Storage;
}

/** A program about to run: the job that runs it, and the storage of each of its inputs and outputs by buffer index. */
interface Plan {
  readonly program: Program;
  readonly job: Job;
  readonly storages: ReadonlyMap<number, Storage>;
}

/** An executor on this device's GPU. Between its methods it keeps: what is in `#tensors` is held, nothing else is. */
export interface GpuExecutor extends Executor {
  /** What the compiler may count on. */
  target(): Target;
}

export class Gpu implements GpuExecutor {
  readonly #lifeline: Lifeline;
  readonly #bench: Bench;
  readonly #turns = new Turns();
  readonly #tensors = new Map<TensorHandle, Tensor>();
  /** Handles of an earlier executor must not name tensors of this one. */
  readonly #prefix = `t${Math.trunc(Math.random() * 2 ** 32).toString(36)}.`;
  #next = 1;
  #closed = false;

  constructor(lifeline: Lifeline, bench: Bench) {
    this.#lifeline = lifeline;
    this.#bench = bench;
  }

  report(): DeviceReport {
    return reportOf(this.#lifeline.latest.opened);
  }

  target(): Target {
    return targetOf(this.#lifeline.latest.device);
  }

  upload(data: Uint8Array, type: TensorType): TensorHandle {
    this.#checkOpen();
    const bytes = tensorBytes(type);
    if (data.length !== bytes) throw wrongSize(type, data.length);
    const storage = this.#storage(type, { kind: "bytes", data: paddedCopy(data) });
    this.#bench.room.hold(storage);
    return this.#name({ type, storage });
  }

  async run(program: Program, signal?: AbortSignal): Promise<RunResult> {
    this.#checkOpen();
    checkProgram(program);
    const plan = this.#plan(program);
    const { inputs } = plan.job;
    for (const input of inputs) this.#bench.room.hold(input);
    return this.#turns
      .take(() => this.#perform(plan, signal))
      .finally(() => inputs.forEach((input) => this.#bench.room.release(input)));
  }

  async read(
    tensor: TensorHandle,
    range?: { readonly start: number; readonly end: number },
  ): Promise<Uint8Array> {
    this.#checkOpen();
    const { storage } = this.#tensor(tensor);
    const wanted = checkRange(range, storage.bytes);
    if (storage.recipe.kind === "bytes") return storage.recipe.data.slice(wanted.start, wanted.end);
    this.#bench.room.hold(storage);
    return this.#turns
      .take(() => this.#lifeline.survive((session) => this.#readStorage(session, storage, wanted)))
      .finally(() => this.#bench.room.release(storage));
  }

  typeOf(tensor: TensorHandle): TensorType {
    return this.#tensor(tensor).type;
  }

  free(tensor: TensorHandle): void {
    this.#checkOpen();
    const { storage } = this.#tensor(tensor);
    this.#tensors.delete(tensor);
    this.#bench.room.release(storage);
  }

  memory(): MemoryReport {
    const { ledger } = this.#bench.room;
    return {
      liveBytes: ledger.liveBytes,
      peakBytes: ledger.peakBytes,
      pooledBytes: this.#lifeline.latest.pool.freeBytes,
      tensors: this.#tensors.size,
      budgetBytes: ledger.budgetBytes,
    };
  }

  close(): void {
    this.#closed = true;
    this.#tensors.clear();
    this.#lifeline.close();
  }

  async #perform({ program, job, storages }: Plan, signal: AbortSignal | undefined): Promise<RunResult> {
    const { room } = this.#bench;
    if (signal?.aborted === true) throw interrupted();
    const held: Storage[] = [];
    try {
      for (const output of job.outputs) {
        room.hold(output);
        held.push(output);
      }
      const done = await this.#lifeline.survive(async (session) => {
        const result = await room.perform(session, job, signal);
        if (wantsCheckpoint(job)) await this.#checkpoint(session, job);
        return result;
      });
      const outputs = program.outputs.map((index) =>
        this.#nameOutput(storages.get(index), program.buffers[index]),
      );
      return { outputs, timings: done.timings, peakBytes: done.peakBytes };
    } finally {
      for (const output of held) room.release(output);
    }
  }

  /** Each handle holds its storage. Two outputs may be one buffer, and an output may be an input. */
  #nameOutput(storage: Storage | undefined, buffer: ProgramBuffer | undefined): TensorHandle {
    if (storage === undefined || buffer === undefined)
      throw badProgram("the program gives out a buffer it has not");
    this.#bench.room.hold(storage);
    return this.#name({ type: buffer.type, storage });
  }

  #plan(program: Program): Plan {
    const inputs = new Map<number, Storage>();
    program.buffers.forEach((buffer, index) => {
      if (buffer.role === "input") inputs.set(index, this.#tensor(buffer.tensor ?? "").storage);
    });
    const storages = new Map(inputs);
    const outputs: Storage[] = [];
    const job: Job = {
      inputs: Array.from(inputs.values()),
      outputs,
      execute: (session, signal) => this.#execute(session, { program, inputs }, signal),
    };
    for (const index of madeOutputs(program)) {
      const type = program.buffers[index]?.type ?? { dtype: "f32", shape: [0] };
      const storage = this.#storage(type, { kind: "job", job });
      outputs.push(storage);
      storages.set(index, storage);
    }
    return { program, job, storages };
  }

  async #execute(
    session: Session,
    what: { readonly program: Program; readonly inputs: ReadonlyMap<number, Storage> },
    signal: AbortSignal | undefined,
  ): Promise<Done> {
    const buffers = new Map<number, PooledBuffer<GPUBuffer>>();
    for (const [index, storage] of what.inputs)
      buffers.set(index, await this.#bench.room.materialise(session, storage));
    return new ProgramRun(this.#bench, session, what.program, buffers).run(signal);
  }

  #storage(type: TensorType, recipe: Storage["recipe"]): Storage {
    const bytes = tensorBytes(type);
    const { maxStorageBufferBindingSize, maxBufferSize } = this.#lifeline.latest.device.limits;
    const most = Math.min(maxStorageBufferBindingSize, maxBufferSize);
    if (bytes > most) throw tensorTooLarge({ type, bytes }, most);
    return { type, bytes, recipe, place: undefined, holders: 0 };
  }

  async #readStorage(
    session: Session,
    storage: Storage,
    range: { readonly start: number; readonly end: number },
  ): Promise<Uint8Array> {
    if (storage.recipe.kind === "bytes") return storage.recipe.data.slice(range.start, range.end);
    const { buffer } = await this.#bench.room.materialise(session, storage);
    return readBack(session, buffer, range);
  }

  async #checkpoint(session: Session, job: Job): Promise<void> {
    for (const storage of job.outputs) {
      const data = await this.#readStorage(session, storage, { start: 0, end: storage.bytes });
      storage.recipe = { kind: "bytes", data: paddedCopy(data) };
    }
  }

  #name(tensor: Tensor): TensorHandle {
    const handle = `${this.#prefix}${this.#next++}`;
    this.#tensors.set(handle, tensor);
    return handle;
  }

  #tensor(handle: TensorHandle): Tensor {
    const tensor = this.#tensors.get(handle);
    if (tensor === undefined) throw unknownTensor(handle);
    return tensor;
  }

  #checkOpen(): void {
    if (this.#closed) throw closed();
    this.#lifeline.check();
  }
}
