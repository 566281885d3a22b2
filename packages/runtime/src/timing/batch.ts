import type { Step } from "@tilebook/compiler";
import type { PooledBuffer } from "../gpu/pool.ts";
import type { Bench } from "../gpu/program-run.ts";
import type { Pipeline } from "../gpu/pipelines.ts";
import type { Session } from "../gpu/session.ts";
import type { Piece } from "../gpu/slicer.ts";
import { Stopwatch } from "../gpu/stopwatch.ts";
import type { TimedLaunch } from "./timed.ts";

export type Buffer = PooledBuffer<GPUBuffer>;

/** One kernel of a launch, ready to run. */
export interface BatchStep extends Step {
  readonly pipeline: Pipeline;
  /** One per binding. */
  readonly buffers: readonly Buffer[];
}

export interface BatchSetup {
  readonly bench: Bench;
  readonly session: Session;
  readonly launch: TimedLaunch;
  /** One, or two that are one launch. */
  readonly steps: readonly BatchStep[];
  /** For each buffer of the launch, what it is on the device. */
  readonly buffers: readonly Buffer[];
  /** For each binding, the buffer of the tensor it names: for an output, what it starts from. */
  readonly given: readonly (Buffer | undefined)[];
}

/** What one batch took, in milliseconds: by the device's clock where it has one, and from submit to notice. */
export interface Took {
  readonly ms: number;
  readonly wallMs: number;
}

/** A run of a program may have left times in the session's own stopwatch that nobody has read yet. */
const stopwatches = new WeakMap<GPUDevice, Stopwatch>();

/** What one piece of a submit needs. */
interface Encoded {
  readonly piece: Piece;
  readonly step: BatchStep;
  readonly group: GPUBindGroup;
  /** Of its numbers. */
  readonly offset: number;
}

/** Submits launches over the same buffers, and times them. */
export class Batch {
  readonly #setup: BatchSetup;
  readonly #groups: readonly GPUBindGroup[];
  readonly #stopwatch: Stopwatch | undefined;
  #emptyMs: number | undefined;

  constructor(setup: BatchSetup) {
    const { session, steps } = setup;
    this.#setup = setup;
    this.#stopwatch = stopwatchOf(session);
    this.#groups = steps.map((step) => bindGroup(session, step));
  }

  get clock(): "gpu" | "wall" {
    return this.#stopwatch === undefined ? "wall" : "gpu";
  }

  /** Outputs start as zeros or as copies. */
  async fill(): Promise<void> {
    const { session } = this.#setup;
    await session.checked(
      () => {
        const encoder = session.device.createCommandEncoder();
        this.#fill(encoder);
        session.device.queue.submit([encoder.finish()]);
      },
      { name: `what ${this.#setup.launch.kernel.name} writes to` },
    );
  }

  /** Runs the programs of `pieces`, whose work is a step each, `times` times over, and waits for them. */
  async run(pieces: readonly Piece[], times: number): Promise<Took> {
    const { session, bench, launch } = this.#setup;
    await session.finished();
    this.#emptyMs ??= await this.#empty();
    const start = bench.clock.now();
    const done = session.checked(() => this.#submit(pieces, times), {
      name: `the kernel ${launch.kernel.name}`,
      span: launch.kernel.tile.span,
    });
    const finished = session.finished().then(() => bench.clock.now());
    const [, end] = await Promise.all([done, finished]);
    const wallMs = end - start;
    if (this.#stopwatch === undefined) return { ms: Math.max(0, wallMs - this.#emptyMs), wallMs };
    const passes = await this.#stopwatch.read((work) => session.nudged(work));
    return { ms: passes.reduce((sum, pass) => sum + pass.ms, 0), wallMs };
  }

  /** What an empty submit takes, from start to notice. */
  async #empty(): Promise<number> {
    const { session, bench } = this.#setup;
    let least = Infinity;
    for (let turn = 0; turn < 3; turn++) {
      const start = bench.clock.now();
      session.device.queue.submit([]);
      await session.finished();
      least = Math.min(least, bench.clock.now() - start);
    }
    return least;
  }

  #submit(pieces: readonly Piece[], times: number): void {
    const { session, launch, bench } = this.#setup;
    bench.arena.reset();
    const encoded = pieces.flatMap((piece) => this.#encoded(piece));
    session.device.queue.writeBuffer(session.uniforms, 0, bench.arena.written);
    this.#stopwatch?.reset();
    const encoder = session.device.createCommandEncoder();
    if (launch.fresh === true)
      for (let time = 0; time < times; time++) {
        if (times > 1) this.#fill(encoder);
        this.#pass(encoder, encoded, 1);
      }
    else this.#pass(encoder, encoded, times);
    this.#stopwatch?.close(encoder);
    session.device.queue.submit([encoder.finish()]);
  }

  #encoded(piece: Piece): readonly Encoded[] {
    const [step, group] = [this.#setup.steps[piece.work], this.#groups[piece.work]];
    if (step === undefined || group === undefined) return [];
    const { kernel, grid, scalars } = step;
    const numbers = [...grid, piece.base, piece.base + piece.count, ...scalars];
    const offset = this.#setup.bench.arena.push(kernel.uniforms, numbers, kernel.uniformBytes);
    return [{ piece, step, group, offset }];
  }

  #pass(encoder: GPUCommandEncoder, encoded: readonly Encoded[], times: number): void {
    const most = this.#setup.session.device.limits.maxComputeWorkgroupsPerDimension;
    const timestampWrites = this.#stopwatch?.pass(0);
    const pass = encoder.beginComputePass(timestampWrites === undefined ? {} : { timestampWrites });
    for (let time = 0; time < times; time++)
      for (const { piece, step, group, offset } of encoded) {
        // What is set stays so: one step alone need not say it again.
        if (time === 0 || encoded.length > 1) {
          pass.setPipeline(step.pipeline.pipeline);
          pass.setBindGroup(0, group, [offset]);
        }
        const across = Math.min(piece.count, most);
        pass.dispatchWorkgroups(across, Math.ceil(piece.count / across));
      }
    pass.end();
  }

  #fill(encoder: GPUCommandEncoder): void {
    const { launch, buffers, given } = this.#setup;
    launch.buffers.forEach(({ kind }, at) => {
      const [target, from] = [buffers[at], given[at]];
      if (kind !== "output" || target === undefined) return;
      if (from === undefined) encoder.clearBuffer(target.buffer);
      else encoder.copyBufferToBuffer(from.buffer, 0, target.buffer, 0, target.bytes);
    });
  }
}

function bindGroup(session: Session, { kernel, pipeline, buffers }: BatchStep): GPUBindGroup {
  const storage = buffers.map(({ buffer, bytes }, binding) => ({
    binding,
    resource: { buffer, size: bytes },
  }));
  const size = Math.ceil(kernel.uniformBytes / 16) * 16;
  const block = { binding: buffers.length, resource: { buffer: session.uniforms, size } };
  return session.device.createBindGroup({ layout: pipeline.layout, entries: [...storage, block] });
}

function stopwatchOf({ device }: Session): Stopwatch | undefined {
  if (!device.features.has("timestamp-query")) return undefined;
  const known = stopwatches.get(device) ?? new Stopwatch(device);
  stopwatches.set(device, known);
  return known;
}
