import { compileGraph, type Target } from "@tilebook/compiler";
import type { Graph, TensorType } from "@tilebook/ir";
import type { Executor, TensorHandle } from "@tilebook/runtime";
import type { Turn } from "../sbp/peer-plan.ts";

/** What a peer computes on: this page's GPU worker, or an executor beside it. */
export interface Device {
  upload(bytes: Uint8Array, type: TensorType): TensorHandle;
  /** Computes a graph whose inputs are named by handles. One handle for each output, which the caller owns. */
  run(graph: Graph, signal?: AbortSignal, turn?: Turn): Promise<readonly TensorHandle[]>;
  read(tensor: TensorHandle): Promise<Uint8Array>;
  free(tensor: TensorHandle): void;
  /** When it has done all that it was given so far, where `run` may resolve before. */
  readonly settled?: () => Promise<void>;
  /** It is given all that can run, and takes by turns what goes first; else one graph at a time. */
  readonly takesTurns?: boolean;
}

/** An executor that gets its programs from the compiler. */
export function executorDevice(executor: Executor, target: Target): Device {
  return {
    upload: (bytes, type) => executor.upload(bytes, type),
    run: async (graph, signal) => (await executor.run(compileGraph(graph, target), signal)).outputs,
    read: (tensor) => executor.read(tensor),
    free: (tensor) => executor.free(tensor),
    settled: () => executor.settled(),
  };
}
