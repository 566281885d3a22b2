import type { Pipeline } from "./pipelines.ts";
import type { PooledBuffer } from "./pool.ts";
import type { Session } from "./session.ts";

export interface EncodedDispatch {
  /** Dispatches with the same label share a timed pass when they follow each other. */
  readonly label: number;
  readonly pipeline: Pipeline;
  readonly buffers: readonly PooledBuffer<GPUBuffer>[];
  /** Its block in the session's uniform buffer. */
  readonly uniform: { readonly offset: number; readonly bytes: number };
  readonly workgroups: number;
}

/** One submit in the making. */
export class Encoding {
  readonly #session: Session;
  readonly #encoder: GPUCommandEncoder;
  #pass: { readonly label: number; readonly encoder: GPUComputePassEncoder } | undefined;

  constructor(session: Session) {
    this.#session = session;
    this.#encoder = session.device.createCommandEncoder();
  }

  clear(buffer: GPUBuffer): void {
    this.#endPass();
    this.#encoder.clearBuffer(buffer);
  }

  dispatch(what: EncodedDispatch): void {
    const pass = this.#passFor(what.label);
    pass.setPipeline(what.pipeline.pipeline);
    pass.setBindGroup(0, this.#bindGroup(what), [what.uniform.offset]);
    const most = this.#session.device.limits.maxComputeWorkgroupsPerDimension;
    const across = Math.min(what.workgroups, most);
    pass.dispatchWorkgroups(across, Math.ceil(what.workgroups / across));
  }

  submit(): void {
    this.#endPass();
    this.#session.stopwatch?.close(this.#encoder);
    this.#session.device.queue.submit([this.#encoder.finish()]);
  }

  #passFor(label: number): GPUComputePassEncoder {
    if (this.#pass?.label === label) return this.#pass.encoder;
    this.#endPass();
    const timestampWrites = this.#session.stopwatch?.pass(label);
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
    const key = `${pipeline.layoutKey}|${size}|${buffers.map((buffer) => buffer.id).join(" ")}`;
    return this.#session.bindGroups.get(key, () => {
      const storage = buffers.map(({ buffer }, binding) => ({ binding, resource: { buffer } }));
      const block = { binding: buffers.length, resource: { buffer: this.#session.uniforms, size } };
      return this.#session.device.createBindGroup({ layout: pipeline.layout, entries: [...storage, block] });
    });
  }
}
