import type { Pipeline } from "./pipelines.ts";
import type { PooledBuffer } from "./pool.ts";
import type { Session } from "./session.ts";
import type { Stopwatch } from "./stopwatch.ts";

export interface EncodedDispatch {
  /** In a timed encoding, dispatches with the same label share a pass when they follow each other. */
  readonly label: number;
  readonly pipeline: Pipeline;
  readonly buffers: readonly PooledBuffer<GPUBuffer>[];
  /** Its block in the session's uniform buffer. */
  readonly uniform: { readonly offset: number; readonly bytes: number };
  readonly workgroups: number;
}

/**
 * One submit in the making. All dispatches go into one pass, in which each sees what those before it wrote; when they are
 * timed, those of one label into one.
 */
export class Encoding {
  readonly #session: Session;
  readonly #stopwatch: Stopwatch | undefined;
  readonly #encoder: GPUCommandEncoder;
  /** What is done before the first pass. */
  #before: GPUCommandEncoder | undefined;
  #pass: { readonly label: number; readonly encoder: GPUComputePassEncoder } | undefined;
  readonly #used = new Set<GPUBuffer>();

  /** Without a stopwatch nothing is timed. */
  constructor(session: Session, stopwatch?: Stopwatch) {
    this.#session = session;
    this.#stopwatch = stopwatch;
    this.#encoder = session.device.createCommandEncoder();
  }

  /** Zeroes the buffer. Unless a dispatch of this submit has used it, that needs no second pass. */
  clear(buffer: GPUBuffer): void {
    if (this.#used.has(buffer)) {
      this.#endPass();
      this.#encoder.clearBuffer(buffer);
      return;
    }
    this.#before ??= this.#session.device.createCommandEncoder();
    this.#before.clearBuffer(buffer);
  }

  /** What the first holds is in the second, too. Nothing has written the first in this submit. */
  copy(from: PooledBuffer<GPUBuffer>, to: PooledBuffer<GPUBuffer>): void {
    if (this.#used.has(to.buffer)) {
      this.#endPass();
      this.#encoder.copyBufferToBuffer(from.buffer, 0, to.buffer, 0, to.bytes);
      return;
    }
    this.#before ??= this.#session.device.createCommandEncoder();
    this.#before.copyBufferToBuffer(from.buffer, 0, to.buffer, 0, to.bytes);
  }

  dispatch(what: EncodedDispatch): void {
    const pass = this.#passFor(what.label);
    pass.setPipeline(what.pipeline.pipeline);
    pass.setBindGroup(0, this.#bindGroup(what), [what.uniform.offset]);
    const most = this.#session.device.limits.maxComputeWorkgroupsPerDimension;
    const across = Math.min(what.workgroups, most);
    pass.dispatchWorkgroups(across, Math.ceil(what.workgroups / across));
    for (const { buffer } of what.buffers) this.#used.add(buffer);
  }

  submit(): void {
    this.#endPass();
    this.#stopwatch?.close(this.#encoder);
    const encoders = this.#before === undefined ? [this.#encoder] : [this.#before, this.#encoder];
    this.#session.device.queue.submit(encoders.map((encoder) => encoder.finish()));
  }

  #passFor(label: number): GPUComputePassEncoder {
    const timed = this.#stopwatch !== undefined;
    if (this.#pass !== undefined && (!timed || this.#pass.label === label)) return this.#pass.encoder;
    this.#endPass();
    const timestampWrites = this.#stopwatch?.pass(label);
    const encoder = this.#encoder.beginComputePass(timestampWrites === undefined ? {} : { timestampWrites });
    this.#pass = { label, encoder };
    return encoder;
  }

  #endPass(): void {
    this.#pass?.encoder.end();
    this.#pass = undefined;
  }

  #bindGroup({ pipeline, buffers, uniform }: EncodedDispatch): GPUBindGroup {
    const size = Math.ceil(uniform.bytes / 16) * 16;
    const key = `${pipeline.layoutKey}|${size}|${buffers.map(({ id, bytes }) => `${id}:${bytes}`).join(" ")}`;
    return this.#session.bindGroups.get(key, () => {
      const storage = buffers.map(({ buffer, bytes }, binding) => ({
        binding,
        resource: { buffer, size: bytes },
      }));
      const block = { binding: buffers.length, resource: { buffer: this.#session.uniforms, size } };
      return this.#session.device.createBindGroup({ layout: pipeline.layout, entries: [...storage, block] });
    });
  }
}
