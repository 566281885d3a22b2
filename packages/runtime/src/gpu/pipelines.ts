import type { Binding, CompiledKernel } from "@tilebook/compiler";
import { Lru } from "./lru.ts";
import { tileHint, wgslFault } from "./messages.ts";

/** A kernel ready to run on one device. */
export interface Pipeline {
  readonly pipeline: GPUComputePipeline;
  /** Storage buffers at 0, 1, ..., then the uniform block with a dynamic offset. */
  readonly layout: GPUBindGroupLayout;
  /** The same text, the same layout. */
  readonly layoutKey: string;
}

/** A device that follows another compiles so many of its latest kernels at once. */
const mostFollowing = 32;

/** Pipelines by kernel key. Only asynchronous creation: a synchronous one would stop every page's GPU work. */
export class PipelineCache {
  readonly #device: GPUDevice;
  readonly #pipelines = new Lru<string, Promise<Pipeline>>(512);
  /** Those that are made. They live as long as their kernels. */
  readonly #made = new WeakMap<CompiledKernel, Pipeline>();
  readonly #kernels = new Lru<string, CompiledKernel>(mostFollowing);
  readonly #layouts = new Lru<string, GPUBindGroupLayout>(256);

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** Kernels compiled last. */
  get latest(): readonly CompiledKernel[] {
    return this.#kernels.values;
  }

  /** Compiles kernels that are likely to be wanted. Nobody waits; what fails is told to whoever wants it then. */
  warm(kernels: readonly CompiledKernel[]): void {
    this.all(kernels).catch(() => undefined);
  }

  /** The pipelines, when all of them are there: so nobody has to wait, not even for a turn. */
  ready(kernels: readonly CompiledKernel[]): readonly Pipeline[] | undefined {
    const made: Pipeline[] = [];
    for (const kernel of kernels) {
      const pipeline = this.#made.get(kernel);
      if (pipeline === undefined) return undefined;
      made.push(pipeline);
    }
    return made;
  }

  /** All kernels at once, so that the browser compiles them in parallel. Rejects with Fault `executor/wgsl`. */
  all(kernels: readonly CompiledKernel[]): Promise<readonly Pipeline[]> {
    return Promise.all(kernels.map((kernel) => this.get(kernel)));
  }

  async get(kernel: CompiledKernel): Promise<Pipeline> {
    this.#kernels.get(kernel.key, () => kernel);
    const pipeline = await this.#pipelines.get(kernel.key, () => {
      const made = this.#make(kernel);
      made.catch(() => this.#pipelines.delete(kernel.key));
      return made;
    });
    this.#made.set(kernel, pipeline);
    return pipeline;
  }

  async #make(kernel: CompiledKernel): Promise<Pipeline> {
    const layout = this.#layout(kernel.bindings);
    this.#device.pushErrorScope("validation");
    const module = this.#device.createShaderModule({ label: kernel.name, code: kernel.wgsl });
    const refused = this.#device.popErrorScope();
    try {
      const pipeline = await this.#device.createComputePipelineAsync({
        label: kernel.name,
        layout: this.#device.createPipelineLayout({ bindGroupLayouts: [layout] }),
        compute: { module, entryPoint: kernel.entryPoint },
      });
      return { pipeline, layout, layoutKey: layoutKey(kernel.bindings) };
    } catch (cause) {
      const { messages } = await module.getCompilationInfo();
      throw wgslFault({ ...kernel, hint: tileHint }, messages, (await refused) ?? cause);
    }
  }

  #layout(bindings: readonly Binding[]): GPUBindGroupLayout {
    return this.#layouts.get(layoutKey(bindings), () => {
      const storage = bindings.map((binding, at) =>
        entry(at, { type: binding.access === "read" ? "read-only-storage" : "storage" }),
      );
      const uniform = entry(bindings.length, { type: "uniform", hasDynamicOffset: true });
      return this.#device.createBindGroupLayout({ entries: [...storage, uniform] });
    });
  }
}

function layoutKey(bindings: readonly Binding[]): string {
  return bindings.map((binding) => binding.access).join(" ");
}

function entry(binding: number, buffer: GPUBufferBindingLayout): GPUBindGroupLayoutEntry {
  return { binding, visibility: GPUShaderStage.COMPUTE, buffer };
}
