import { Fault, type FaultData } from "@tilebook/base";
import {
  type Graph,
  type Launch,
  type NodeId,
  sizeOf,
  type TileCallNode,
  type TileKernel,
} from "@tilebook/ir";
import type { TileArgument } from "../tile/machine.ts";
import { runTileKernel, type TileRunOptions } from "../tile/run.ts";

export interface Launched {
  readonly outputs: readonly Float64Array[];
  /** What was found in it, such as where a NaN began. */
  readonly remarks: readonly FaultData[];
}

/** One launch of a kernel of the graph, by the tile interpreter. Faults: `graph/launch`, those of `runTileKernel`. */
export function runLaunch(
  graph: Graph,
  node: TileCallNode,
  valueOf: (id: NodeId) => Float64Array,
  options: Pick<TileRunOptions, "rounding" | "stop" | "onMessage">,
): Launched {
  const { launch } = node;
  const kernel = graph.kernels[launch.kernel];
  if (kernel === undefined)
    throw new Fault("graph/launch", `there is no kernel ${launch.kernel}`, { span: node.span });
  const outputs = node.outputs.map((type) => new Float64Array(sizeOf(type.shape)));
  for (const argument of launch.arguments)
    if (argument.kind === "output" && argument.from !== undefined)
      outputs[argument.index]?.set(valueOf(argument.from));
  const given = launch.arguments.map((argument): TileArgument => {
    if (argument.kind === "scalar") return argument.value;
    if (argument.kind === "node") return valueOf(argument.node);
    return outputs[argument.index] ?? new Float64Array();
  });
  const fresh = freshOf(kernel, launch);
  return { outputs, remarks: runTileKernel(kernel, launch.grid, given, { ...options, fresh }).remarks };
}

/** The outputs that the kernel also reads, and that start from nothing. */
function freshOf(kernel: TileKernel, launch: Launch): ReadonlySet<string> {
  const read = kernel.params.filter((param, place) => {
    const argument = launch.arguments[place];
    const fresh = argument?.kind === "output" && argument.from === undefined;
    return fresh && param.kind === "pointer" && param.access === "readwrite";
  });
  return new Set(read.map((param) => param.name));
}
