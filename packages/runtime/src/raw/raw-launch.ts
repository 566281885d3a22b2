import { Fault } from "@tilebook/base";
import { type Admitted, launchBytes, ownGroup } from "../admission/index.ts";
import { slotBytes } from "../gpu/arena.ts";
import type { PooledBuffer } from "../gpu/pool.ts";
import type { Blame, Session } from "../gpu/session.ts";
import type { Piece } from "../gpu/slicer.ts";
import type { Bound } from "./bind.ts";
import { type Box, boxesOf, type Triple } from "./boxes.ts";
import type { RawPipeline } from "./compile.ts";

export interface LaunchSetup {
  readonly pipeline: RawPipeline;
  readonly admitted: Admitted;
  readonly grid: Triple;
  readonly bound: readonly Bound[];
  /** One per binding, in the order of `bound`. */
  readonly buffers: readonly PooledBuffer<GPUBuffer>[];
}

/** Starts slices of one raw kernel and looks whether a loop ran out of fuel in them. */
export class RawLaunch {
  readonly #session: Session;
  readonly #setup: LaunchSetup;
  readonly #flag: GPUBuffer;
  readonly #readable: GPUBuffer;
  readonly #groups: readonly GPUBindGroup[];
  readonly #own: GPUBindGroup;
  readonly #blame: Blame;

  constructor(session: Session, setup: LaunchSetup) {
    const { device } = session;
    const { STORAGE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
    this.#session = session;
    this.#setup = setup;
    this.#blame = { name: `the kernel ${setup.admitted.entry}`, span: setup.admitted.spans[0] };
    this.#flag = device.createBuffer({ size: 4, usage: STORAGE | COPY_SRC | COPY_DST });
    this.#readable = device.createBuffer({ size: 4, usage: COPY_DST | MAP_READ });
    this.#groups = setup.pipeline.layouts
      .slice(0, ownGroup)
      .map((layout, group) => this.#userGroup(layout, group));
    const layout = setup.pipeline.pipeline.getBindGroupLayout(ownGroup);
    const entries = [
      { binding: 0, resource: { buffer: session.uniforms, size: launchBytes } },
      { binding: 1, resource: { buffer: this.#flag } },
    ];
    this.#own = device.createBindGroup({ layout: setup.pipeline.layouts[ownGroup] ?? layout, entries });
  }

  /** Runs the workgroups of `piece`, `times` times over. Returns the number of a loop that took more than `turns`, or 0. */
  async slice(piece: Piece, turns: number, times = 1): Promise<number> {
    const boxes = boxesOf(this.#setup.grid, piece.base, piece.count);
    try {
      await Promise.all([
        this.#session.checked(() => this.#submit(boxes, turns, times), this.#blame),
        this.#session.finished(),
      ]);
    } catch (error) {
      throw refused(error);
    }
    await this.#session.nudged(this.#readable.mapAsync(GPUMapMode.READ));
    const [flag = 0] = new Uint32Array(this.#readable.getMappedRange());
    this.#readable.unmap();
    return flag;
  }

  close(): void {
    this.#flag.destroy();
    this.#readable.destroy();
  }

  #submit(boxes: readonly Box[], turns: number, times: number): void {
    const { device, stopwatch, uniforms } = this.#session;
    device.queue.writeBuffer(uniforms, 0, launchBlocks(boxes, turns, this.#setup.grid));
    const encoder = device.createCommandEncoder();
    encoder.clearBuffer(this.#flag);
    const timestampWrites = stopwatch?.pass(0);
    const pass = encoder.beginComputePass(timestampWrites === undefined ? {} : { timestampWrites });
    pass.setPipeline(this.#setup.pipeline.pipeline);
    this.#groups.forEach((group, index) => pass.setBindGroup(index, group));
    for (let time = 0; time < times; time++) {
      boxes.forEach(({ size }, at) => {
        pass.setBindGroup(ownGroup, this.#own, [at * slotBytes]);
        pass.dispatchWorkgroups(...size);
      });
    }
    pass.end();
    stopwatch?.close(encoder);
    encoder.copyBufferToBuffer(this.#flag, 0, this.#readable, 0, 4);
    device.queue.submit([encoder.finish()]);
  }

  #userGroup(layout: GPUBindGroupLayout, group: number): GPUBindGroup {
    const most = this.#session.device.limits.maxUniformBufferBindingSize;
    const entries = this.#setup.bound.flatMap(({ binding }, at) => {
      const pooled = this.#setup.buffers[at];
      if (binding.group !== group || pooled === undefined) return [];
      const size = binding.access === "uniform" ? Math.min(pooled.bytes, most) : pooled.bytes;
      return [{ binding: binding.binding, resource: { buffer: pooled.buffer, size } }];
    });
    return this.#session.device.createBindGroup({ layout, entries });
  }
}

/** Offset, turns and grid for each box, in slots of the uniform buffer. */
function launchBlocks(boxes: readonly Box[], turns: number, grid: Triple): Uint32Array<ArrayBuffer> {
  const words = slotBytes / 4;
  const blocks = new Uint32Array(boxes.length * words);
  boxes.forEach(({ origin }, at) => blocks.set([...origin, turns, ...grid], at * words));
  return blocks;
}

/** What a device has against an admitted kernel is mostly a buffer that is too small for its type. */
function refused(error: unknown): unknown {
  if (!(error instanceof Fault) || error.code !== "executor/gpu-error") return error;
  return new Fault("executor/bad-raw", error.message, {
    span: error.span,
    hint: "compare the sizes of the buffers with the types of the kernel's variables",
    cause: error,
  });
}
