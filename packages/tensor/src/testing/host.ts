// Only tests stand on the interpreter and on the parser; the package itself knows neither.
// oxlint-disable no-restricted-imports
import { Fault, type Span } from "@tilebook/base";
import { runGraph, type TensorValue } from "@tilebook/interp";
import type { Graph, GraphNode, TensorType } from "@tilebook/ir";
import { fromBytes, toBytes } from "../bytes.ts";
import type { HostMemory, TensorHost } from "../host.ts";
import { sizeOf } from "../shape.ts";

/** What a test may look at and turn. */
export interface TestHost extends TensorHost {
  /** Every graph that was run, in order. */
  readonly graphs: Graph[];
  /** Handles that are alive. */
  readonly alive: ReadonlySet<string>;
  /** What `here` says. */
  span: Span | undefined;
}

/** A host in memory: kernels by the true parser, graphs by the interpreter, attention and matmul by their kernels. */
export function testHost(): TestHost {
  const values = new Map<string, TensorValue>();
  const alive = new Set<string>();
  const graphs: Graph[] = [];
  let count = 0;
  const keep = (data: Float64Array, type: TensorType): string => {
    const handle = `t${count++}`;
    const rounded = Float64Array.from(fromBytes(toBytes(data, type.dtype), type.dtype, data.length));
    values.set(handle, { type, values: rounded });
    alive.add(handle);
    return handle;
  };
  const find = (handle: string): TensorValue => {
    const value = values.get(handle);
    if (value === undefined) throw new Fault("executor/unknown-tensor", `there is no tensor ${handle}`);
    return value;
  };
  return {
    graphs,
    alive,
    span: undefined,
    lower: () => {
      throw new Fault("x", "later");
    },
    upload: (data, type) => keep(Float64Array.from(fromBytes(data, type.dtype, sizeOf(type.shape))), type),
    run: async (graph) => {
      graphs.push(graph);
      const results = runGraph(byKernels(graph), values);
      return graph.outputs.map((id, at) => keep(results[at] ?? new Float64Array(), typeOf(graph, id)));
    },
    reference: async (graph) => runGraph(graph, values),
    read: async (handle) => {
      const { type, values: data } = find(handle);
      return toBytes(data, type.dtype);
    },
    free: (handle) => {
      if (!alive.delete(handle)) throw new Fault("executor/freed", `${handle} was freed twice`);
      values.delete(handle);
    },
    memory: async (): Promise<HostMemory> => ({ liveBytes: 4 * alive.size, peakBytes: 4 * alive.size }),
    resetPeak: () => undefined,
    here() {
      return this.span;
    },
  };
}

function typeOf(graph: Graph, id: number): TensorType {
  return graph.nodes[id]?.type ?? { dtype: "f32", shape: [] };
}

/** The interpreter runs matmul and attention by their meaning; here they run by the kernels they carry. */
function byKernels(graph: Graph): Graph {
  const toCall = (node: GraphNode): GraphNode =>
    (node.kind === "matmul" || node.kind === "attention") && node.launch !== undefined
      ? { kind: "tileCall", launch: node.launch, outputs: [node.type], type: node.type }
      : node;
  return { ...graph, nodes: graph.nodes.map(toCall) };
}
