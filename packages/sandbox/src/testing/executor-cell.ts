// Only tests stand on this: cells over the runtime's executor on Dawn, with the GPU worker's compiler. The way of a cell without walls.
import type { Graph, TensorType } from "@tilebook/ir";
import { portableTarget } from "@tilebook/compiler";
import { type Executor, openGpu } from "@tilebook/runtime";
import { dawn } from "@tilebook/runtime/testing";
import { open, type TestCell, TestHost } from "@tilebook/tensor/testing";
import { Compiler } from "../gpu/compiler.ts";

class ExecutorHost extends TestHost {
  /** Launches of every graph that ran, in order. */
  readonly dispatches: number[] = [];
  readonly #compiler = new Compiler(() => portableTarget);
  readonly #executor: Executor;
  #isClosed = false;

  constructor(executor: Executor) {
    super();
    this.#executor = executor;
  }

  override upload(data: Uint8Array, type: TensorType): string {
    return this.#executor.upload(data, type);
  }

  override async run(graph: Graph): Promise<readonly string[]> {
    const program = this.#compiler.compile(graph);
    this.dispatches.push(program.dispatches.length);
    return (await this.#executor.run(program)).outputs;
  }

  override async read(handle: string): Promise<Uint8Array> {
    return this.#executor.read(handle);
  }

  override free(handle: string): void {
    if (!this.#isClosed) this.#executor.free(handle);
  }

  /** Tensors that nobody has any more are let go whenever that is noticed, also after this. */
  close(): void {
    this.#isClosed = true;
    this.#executor.close();
  }
}

export interface ExecutorCell extends TestCell {
  /** Close it at the end. */
  readonly host: ExecutorHost;
  readonly executor: Executor;
}

/** What a cell sees, on the GPU of this test file. The f64 reference is not there. */
export async function openOnExecutor(
  options: Partial<Parameters<typeof openGpu>[0]> = {},
): Promise<ExecutorCell> {
  const executor = await openGpu({ gpu: dawn(), budgetBytes: 1 << 28, ...options });
  const host = new ExecutorHost(executor);
  return { ...open(host), host, executor };
}
