import {
  type CompiledKernel,
  compileGraph,
  type CompileKernel,
  compileKernel,
  type Program,
  SteadyNumbers,
} from "@tilebook/compiler";
import type { Graph, GraphNode, TensorType, TileKernel } from "@tilebook/ir";
import { lowerKernel } from "@tilebook/lang";
import { type GpuExecutor, type Tunable, Tuner } from "@tilebook/runtime";
import type { Captured, HostMemory, KernelText, TensorHost } from "@tilebook/tensor";

/** Graphs whose programs are remembered. A case has one or two. */
const MOST_PROGRAMS = 64;

/**
 * The rooms a cell goes through in a notebook, in one thread: kernels by the language, graphs by the compiler, programs by
 * the runtime. Only the walls between the sandbox's workers are missing. A graph that comes again, as a slider makes it
 * come, is the same program again.
 */
export class BenchHost implements TensorHost {
  readonly #executor: GpuExecutor;
  readonly #tuner: Tuner;
  readonly #kernels: Map<string, CompiledKernel> = new Map();
  readonly #programs: Map<string, Program> = new Map();
  readonly #steady = new SteadyNumbers();
  readonly #numbers: WeakMap<TileKernel, number> = new WeakMap();
  #nextNumber = 0;

  constructor(executor: GpuExecutor) {
    this.#executor = executor;
    this.#tuner = new Tuner({ gpu: executor });
  }

  /** Tries other ways for what ran so far, for about so long. What runs next goes the fastest. */
  async tune(withinMs: number): Promise<void> {
    await this.#tuner.settle({ withinMs });
    this.#programs.clear();
  }

  /** What was tried, and what came of it. */
  tunable(): readonly Tunable[] {
    return this.#tuner.tunable();
  }

  lower(kernel: KernelText, captured: Captured, constants: Captured): TileKernel {
    return lowerKernel({ ...kernel, captured, constants });
  }

  upload(data: Uint8Array, type: TensorType): string {
    // As in a notebook, where the bytes move to the GPU worker.
    return this.#executor.upload(data, type, { owned: true });
  }

  /** Resolves as soon as the executor says so: that is when work is queued, not when the device is done. */
  async run(graph: Graph): Promise<readonly string[]> {
    const { outputs } = await this.#executor.run(this.#programOf(graph));
    return outputs;
  }

  reference(): Promise<readonly Float64Array[]> {
    return Promise.reject(new Error("the harness has the references"));
  }

  read(tensor: string, range?: { readonly start: number; readonly end: number }): Promise<Uint8Array> {
    return this.#executor.read(tensor, range);
  }

  free(tensor: string): void {
    this.#executor.free(tensor);
  }

  memory(): Promise<HostMemory> {
    const { liveBytes, peakBytes } = this.#executor.memory();
    return Promise.resolve({ liveBytes, peakBytes });
  }

  resetPeak(): void {}

  here(): undefined {
    return undefined;
  }

  #programOf(graph: Graph): Program {
    const key = JSON.stringify([graph.nodes.map(plain), graph.outputs, graph.kernels.map(this.#number)]);
    const program = this.#programs.get(key) ?? this.#compile(graph);
    this.#programs.delete(key);
    this.#programs.set(key, program);
    for (const oldest of this.#programs.keys()) {
      if (this.#programs.size <= MOST_PROGRAMS) break;
      this.#programs.delete(oldest);
    }
    return program;
  }

  #compile(graph: Graph): Program {
    const { choose } = this.#tuner;
    const program = compileGraph(graph, this.#executor.target(), {
      compile: this.#remembered,
      choose,
      numbers: this.#steady,
    });
    this.#tuner.consider(program);
    return program;
  }

  readonly #remembered: CompileKernel = (kernel, target, options) => {
    const { schedule, divisors = [] } = options;
    const key = JSON.stringify([target, schedule, ...divisors, kernel]);
    const compiled = this.#kernels.get(key) ?? compileKernel(kernel, target, options);
    this.#kernels.set(key, compiled);
    return compiled;
  };

  /** Lowered kernels are remembered by the tensor API, so the same kernel is the same object. */
  readonly #number = (kernel: TileKernel): number => {
    const number = this.#numbers.get(kernel) ?? this.#nextNumber++;
    this.#numbers.set(kernel, number);
    return number;
  };
}

function plain(node: GraphNode): object {
  return { ...node, span: undefined };
}
