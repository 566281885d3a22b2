import { Fault } from "@tilebook/base";
import type { CompiledKernel, Program, Target } from "@tilebook/compiler";
import type { TensorType } from "@tilebook/ir";
import { probeLoop } from "@tilebook/shaders";
import { admit, type Admitted } from "../admission/index.ts";
import type {
  DeviceReport,
  Executor,
  MemoryReport,
  RunOptions,
  RunResult,
  TensorHandle,
  UploadOptions,
} from "../executor.ts";
import { checkRange, closed, interrupted, tensorBytes, unknownTensor, wrongSize } from "../faults.ts";
import { measureLoops, numbersAlongSubgroups } from "../explore.ts";
import { compiledProbe } from "../probes.ts";
import { Turns } from "../queue.ts";
import { compileRaw } from "../raw/compile.ts";
import type { RawRun } from "../raw/raw.ts";
import { planTimed } from "../timing/plan-timed.ts";
import type { KeptTimes, TimedLaunch } from "../timing/timed.ts";
import { Checkpoints, wantsCheckpoint } from "./checkpoint.ts";
import { isCard, reportOf, targetOf } from "./device.ts";
import type { Lifeline } from "./lifeline.ts";
import { newStorage, type Plan, planProgram, planRaw, type Surroundings, type Tensor } from "./plans.ts";
import type { Bench } from "./program-run.ts";
import { readBack } from "./readback.ts";
import { recordingOf } from "./recording.ts";
import type { Session } from "./session.ts";
import { type Done, type Job, paddedCopy, paddedOwn, type Storage } from "./storage.ts";

/** An executor on this device's GPU. */
export interface GpuExecutor extends Executor {
  /** What the compiler may count on. */
  target(): Target;
  /**
   * Runs WGSL that a user wrote, bounded first. Outputs come in order of @group and @binding. Faults: `admission/...`,
   * `executor/wgsl`, `executor/bad-raw`, `executor/out-of-fuel` (with the loop's span), and those of `run`.
   */
  runRaw(run: RawRun, signal?: AbortSignal): Promise<RunResult>;
  /** Compiles an admitted kernel, so that `executor/wgsl` comes now and a later run begins at once. */
  compileRaw(admitted: Admitted): Promise<void>;
  /** Measures one launch, on copies of what it writes. Faults: those of `run`. */
  time(launch: TimedLaunch, signal?: AbortSignal): Promise<KeptTimes>;
  /** Builds the kernel's pipeline, and keeps nobody waiting meanwhile. Fault `executor/wgsl`. */
  prepare(kernel: CompiledKernel): Promise<void>;
}

/** Between its methods it keeps: what is in `#tensors` is held, nothing else is. */
export class Gpu implements GpuExecutor {
  readonly #lifeline: Lifeline;
  readonly #bench: Bench;
  readonly #around: Surroundings;
  readonly #turns = new Turns();
  readonly #checkpoints: Checkpoints;
  readonly #tensors = new Map<TensorHandle, Tensor>();
  /** Handles of an earlier executor must not name tensors of this one. */
  readonly #prefix = `t${Math.trunc(Math.random() * 2 ** 32).toString(36)}.`;
  #loopTurns: number | undefined;
  /** Until the device has shown that threads are numbered along them, and for good where they are not. */
  #subgroupsUsable = false;
  #next = 1;
  #closed = false;

  constructor(lifeline: Lifeline, bench: Bench) {
    this.#lifeline = lifeline;
    this.#bench = bench;
    this.#checkpoints = new Checkpoints(bench.room);
    this.#around = {
      bench,
      limits: () => lifeline.latest.device.limits,
      tensor: (handle) => this.#tensor(handle),
      loopTurns: () => this.#loopTurns,
    };
  }

  report(): DeviceReport {
    return reportOf(this.#lifeline.latest.opened);
  }

  target(): Target {
    const { subgroup, ...target } = targetOf(this.#lifeline.latest.opened);
    return {
      ...target,
      ...(subgroup === undefined || !this.#subgroupsUsable ? {} : { subgroup }),
      ...(this.#loopTurns === undefined ? {} : { loopTurns: this.#loopTurns }),
    };
  }

  /**
   * Finds out what the device does not tell. Graphics cards let loops come to their end. Either way a first pipeline is on
   * its way now: what the driver puts off until then is no part of the first cell's time.
   */
  async explore(): Promise<void> {
    const { latest } = this.#lifeline;
    const { subgroup } = targetOf(latest.opened);
    const numbered =
      subgroup === undefined ? false : numbersAlongSubgroups(this, subgroup).catch(() => false);
    if (isCard(latest.opened)) latest.pipelines.warm([compiledProbe(probeLoop)]);
    else this.#loopTurns = await measureLoops(this);
    this.#subgroupsUsable = await numbered;
  }

  upload(
    data: Uint8Array<ArrayBuffer>,
    type: TensorType,
    { owned = false }: UploadOptions = {},
  ): TensorHandle {
    this.#checkOpen();
    if (data.length !== tensorBytes(type)) throw wrongSize(type, data.length);
    const kept = owned ? paddedOwn(data) : paddedCopy(data);
    const storage = newStorage(this.#around, type, { recipe: { kind: "bytes", data: kept } });
    this.#bench.room.hold(storage);
    return this.#name({ type, storage });
  }

  async run(program: Program, signal?: AbortSignal, options: RunOptions = {}): Promise<RunResult> {
    this.#checkOpen();
    const plan = planProgram(this.#around, recordingOf(program), options);
    // While it waits for its turn, the browser can compile.
    const { latest } = this.#lifeline;
    if (latest.pipelines.ready(program.kernels) === undefined) latest.pipelines.warm(program.kernels);
    return this.#queue(plan, signal);
  }

  async runRaw(run: RawRun, signal?: AbortSignal): Promise<RunResult> {
    this.#checkOpen();
    const { source, wgsl, entry, overrides, limits } = run;
    const admitted = admit({ name: source, text: wgsl }, { entry, overrides, limits });
    return this.#queue(planRaw(this.#around, run, admitted), signal);
  }

  async compileRaw(admitted: Admitted): Promise<void> {
    this.#checkOpen();
    await this.#turns.take(() =>
      this.#lifeline.survive(async (session) => {
        await compileRaw(session, this.#bench.clock, admitted);
      }),
    );
  }

  async time(launch: TimedLaunch, signal?: AbortSignal): Promise<KeptTimes> {
    this.#checkOpen();
    const { plan, times } = planTimed(this.#around, launch);
    const { outputs } = await this.#queue(plan, signal);
    return { ...times(), outputs };
  }

  async prepare(kernel: CompiledKernel): Promise<void> {
    this.#checkOpen();
    await this.#lifeline.survive((session) => session.orLost(session.pipelines.get(kernel)));
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

  async settled(): Promise<void> {
    this.#checkOpen();
    const { flight, room } = this.#bench;
    await this.#turns.take(() =>
      this.#lifeline.survive(async (session) => {
        await flight(session).until(0);
        await session.timesheet?.read();
        await room.judged;
      }),
    );
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

  /** Inputs are held from now on, so that they may be freed while the run waits. */
  async #queue(plan: Plan, signal: AbortSignal | undefined): Promise<RunResult> {
    const { room } = this.#bench;
    const { inputs } = plan.job;
    for (const input of inputs) room.hold(input);
    return this.#turns
      .take(() => this.#perform(plan, signal))
      .finally(() => inputs.forEach((input) => room.release(input)));
  }

  async #perform({ job, results, once }: Plan, signal: AbortSignal | undefined): Promise<RunResult> {
    const { room } = this.#bench;
    if (signal?.aborted === true) throw interrupted();
    const held: Storage[] = [];
    try {
      for (const output of job.outputs) {
        room.hold(output);
        held.push(output);
      }
      const done = await this.#lifeline.survive(async (session) => {
        const result = await this.#performTrimming(session, job, signal);
        if (wantsCheckpoint(job)) await this.#checkpoints.take(session, job);
        return result;
      }, once);
      for (const { storage } of results) room.hold(storage);
      const outputs = results.map((tensor) => this.#name(tensor));
      const { timings, peakBytes, messages } = done;
      return { outputs, timings, peakBytes, messages };
    } finally {
      for (const output of held) room.release(output);
    }
  }

  /** When the device itself is out of memory, the pool's free buffers are the first to go. */
  async #performTrimming(session: Session, job: Job, signal: AbortSignal | undefined): Promise<Done> {
    try {
      return await this.#bench.room.perform(session, job, signal);
    } catch (error) {
      const full = error instanceof Fault && error.code === "executor/out-of-memory";
      if (!full || session.pool.freeBytes === 0) throw error;
      session.pool.trim(0);
      return this.#bench.room.perform(session, job, signal);
    }
  }

  async #readStorage(
    session: Session,
    storage: Storage,
    range: { readonly start: number; readonly end: number },
  ): Promise<Uint8Array> {
    if (storage.recipe.kind === "bytes") return storage.recipe.data.slice(range.start, range.end);
    const { room } = this.#bench;
    const { buffer } = await room.materialise(session, storage);
    const bytes = await readBack(session, buffer, range);
    await room.judged;
    if (storage.fault !== undefined) throw storage.fault;
    return bytes;
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
