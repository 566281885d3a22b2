import {
  type CompiledKernel,
  compileGraph,
  type CompileKernel,
  compileKernel,
  formOf,
  type Program,
  ProgramMemory,
  type Said,
  SteadyNumbers,
} from "@tilebook/compiler";
import type { Graph, TensorType, TileKernel } from "@tilebook/ir";
import { lowerKernel } from "@tilebook/lang";
import { type GpuExecutor, type Tunable, Tuner } from "@tilebook/runtime";
import type { Captured, HostMemory, KernelText, TensorHost } from "@tilebook/tensor";

/**
 * The rooms a cell goes through in a notebook, in one thread: kernels by the language, graphs by the compiler, programs by
 * the runtime. Only the walls between the sandbox's workers are missing. A graph of a form that comes again is the same
 * program again, over other tensors: as the sandbox's `gpu/compiler.ts` has it.
 */
export class BenchHost implements TensorHost {
  readonly #executor: GpuExecutor;
  readonly #tuner: Tuner;
  readonly #kernels: Map<string, CompiledKernel> = new Map();
  readonly #programs = new ProgramMemory();
  readonly #steady = new SteadyNumbers();

  constructor(executor: GpuExecutor) {
    this.#executor = executor;
    this.#tuner = new Tuner({ gpu: executor });
  }

  /** Tries other ways for what ran so far, for about so long. What runs next goes the fastest. */
  async tune(withinMs: number): Promise<void> {
    await this.#tuner.settle({ withinMs });
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
    const program = this.#programOf(graph);
    const { outputs } = await this.#executor.run(program);
    // As in a notebook, behind the run: better code is compiled when what was asked for is there.
    this.#tuner.consider(program);
    return outputs;
  }

  reference(): Promise<readonly Float64Array[]> {
    return Promise.reject(new Error("the harness has the references"));
  }

  traceNaN(): Promise<never> {
    return Promise.reject(new Error("the harness follows no NaN"));
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

  signal(): undefined {
    return undefined;
  }

  here(): undefined {
    return undefined;
  }

  #programOf(graph: Graph): Program {
    const form = formOf(graph, this.#executor.target());
    const { choose } = this.#tuner;
    const known = this.#programs.find(form, choose);
    if (known !== undefined) return known;
    const said: Said[] = [];
    const program = compileGraph(graph, this.#executor.target(), {
      compile: this.#remembered,
      choose: (choice) => {
        const config = choose(choice);
        said.push([choice, config]);
        return config;
      },
      numbers: this.#steady,
    });
    this.#programs.keep(form, program, said);
    return program;
  }

  readonly #remembered: CompileKernel = (kernel, target, options) => {
    const { schedule, divisors = [] } = options;
    const key = JSON.stringify([target, schedule, ...divisors, kernel]);
    const compiled = this.#kernels.get(key) ?? compileKernel(kernel, target, options);
    this.#kernels.set(key, compiled);
    return compiled;
  };
}
