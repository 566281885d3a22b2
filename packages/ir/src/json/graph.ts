import {
  aBoolean,
  anArray,
  anInteger,
  aSpan,
  aString,
  decode,
  type Decoder,
  Fault,
  oneOf,
  optional,
  tagged,
} from "@tilebook/base";
import type * as ir from "../graph.ts";
import type { Layout, Placement } from "../layout.ts";
import { maxRank } from "../infer.ts";
import { graphBounds, verifyGraph } from "../verify/graph.ts";
import { maxPrograms } from "../verify/launch.ts";
import { tileBounds } from "../verify/tile.ts";
import { aTileKernel } from "./tile.ts";
import {
  aBinary,
  aDouble,
  anAxis,
  anId,
  aRecord,
  aReduce,
  aTensorType,
  aUnary,
  axes,
  literal,
  toJson,
} from "./words.ts";

/** Most ops of all kernels of one graph together. */
const maxGraphOps = 100_000;

/** The graph as JSON. `decodeGraph` gives an equal graph back, also after `JSON.stringify` and `JSON.parse`. */
export function encodeGraph(graph: ir.Graph): unknown {
  return toJson(graph);
}

/**
 * A verified graph out of unknown data, made of fresh objects with known fields only. Throws Faults `decode/...` for
 * what is no graph or too large (`graphBounds`), and those of `verifyGraph`.
 */
export function decodeGraph(value: unknown): ir.Graph {
  const aGraph = aRecord<ir.Graph>({
    nodes: anArray(aNode, graphBounds.nodes),
    kernels: anArray(aTileKernel(maxGraphOps), graphBounds.kernels),
    outputs: anArray(anId, graphBounds.outputs),
  });
  const graph = decode(aGraph, value, "graph");
  verifyGraph(graph);
  return graph;
}

const typed = { type: aTensorType, span: optional(aSpan) };

const aGrid: Decoder<ir.Launch["grid"]> = (value, path) => {
  const [x, y, z, ...more] = anArray(anInteger(1, maxPrograms), 3)(value, path);
  if (x !== undefined && y !== undefined && z !== undefined && more.length === 0) return [x, y, z];
  throw new Fault("decode/type", `${path} must be three sizes`);
};

const aLaunch: Decoder<ir.Launch> = aRecord<ir.Launch>({
  kernel: anId,
  grid: aGrid,
  arguments: anArray<ir.LaunchArgument>(
    tagged("kind", {
      node: aRecord<{ kind: "node"; node: number }>({ kind: literal("node"), node: anId }),
      output: aRecord<{ kind: "output"; index: number; from?: number; over?: boolean }>({
        kind: literal("output"),
        index: anId,
        from: optional(anId),
        over: optional(aBoolean),
      }),
      scalar: aRecord<{ kind: "scalar"; value: number }>({ kind: literal("scalar"), value: aDouble }),
    }),
    tileBounds.params,
  ),
});

const starts = anArray(anInteger(0, graphBounds.elements), maxRank);
const steps = anArray(anInteger(-graphBounds.elements, graphBounds.elements), maxRank);

/** Most ranks of a mesh. */
const maxRanks = 1024;

export const aLayout: Decoder<Layout> = tagged("kind", {
  split: aRecord<Extract<Layout, { kind: "split" }>>({ kind: literal("split"), axis: anAxis }),
  broadcast: aRecord<Extract<Layout, { kind: "broadcast" }>>({ kind: literal("broadcast") }),
  partial: aRecord<Extract<Layout, { kind: "partial" }>>({
    kind: literal("partial"),
    op: oneOf("sum", "max", "min"),
  }),
  at: aRecord<Extract<Layout, { kind: "at" }>>({ kind: literal("at"), rank: anInteger(0, maxRanks - 1) }),
});

const aPlacement: Decoder<Placement> = aRecord<Placement>({ mesh: aString(64), layout: optional(aLayout) });

const aNode: Decoder<ir.GraphNode> = tagged("kind", {
  input: aRecord<ir.InputNode>({ kind: literal("input"), tensor: aString(256), ...typed }),
  fill: aRecord<ir.FillNode>({ kind: literal("fill"), value: aDouble, ...typed }),
  iota: aRecord<ir.IotaNode>({ kind: literal("iota"), ...typed }),
  unary: aRecord<ir.UnaryNode>({ kind: literal("unary"), op: aUnary, input: anId, ...typed }),
  binary: aRecord<ir.BinaryNode>({ kind: literal("binary"), op: aBinary, left: anId, right: anId, ...typed }),
  select: aRecord<ir.SelectNode>({ kind: literal("select"), condition: anId, yes: anId, no: anId, ...typed }),
  cast: aRecord<ir.CastNode>({ kind: literal("cast"), input: anId, ...typed }),
  reduce: aRecord<ir.ReduceNode>({
    kind: literal("reduce"),
    op: aReduce,
    input: anId,
    axis: anAxis,
    ...typed,
  }),
  reshape: aRecord<ir.ReshapeNode>({
    kind: literal("reshape"),
    input: anId,
    placed: optional(aPlacement),
    ...typed,
  }),
  permute: aRecord<ir.PermuteNode>({ kind: literal("permute"), input: anId, order: axes, ...typed }),
  broadcast: aRecord<ir.BroadcastNode>({ kind: literal("broadcast"), input: anId, ...typed }),
  slice: aRecord<ir.SliceNode>({
    kind: literal("slice"),
    input: anId,
    start: starts,
    step: optional(steps),
    ...typed,
  }),
  paste: aRecord<ir.PasteNode>({
    kind: literal("paste"),
    input: anId,
    into: anId,
    start: starts,
    step: optional(steps),
    ...typed,
  }),
  window: aRecord<ir.WindowNode>({
    kind: literal("window"),
    input: anId,
    axis: anAxis,
    stride: anInteger(1, graphBounds.elements),
    dilation: anInteger(1, graphBounds.elements),
    ...typed,
  }),
  take: aRecord<ir.TakeNode>({ kind: literal("take"), input: anId, index: anId, ...typed }),
  matmul: aRecord<ir.MatmulNode>({
    kind: literal("matmul"),
    left: anId,
    right: anId,
    transposeRight: aBoolean,
    ...typed,
  }),
  attention: aRecord<ir.AttentionNode>({
    kind: literal("attention"),
    q: anId,
    k: anId,
    v: anId,
    scale: aDouble,
    causal: aBoolean,
    tokensFirst: aBoolean,
    ...typed,
  }),
  tileCall: aRecord<ir.TileCallNode>({
    kind: literal("tileCall"),
    launch: aLaunch,
    outputs: anArray(aTensorType, tileBounds.params),
    ...typed,
  }),
  result: aRecord<ir.ResultNode>({ kind: literal("result"), call: anId, index: anId, ...typed }),
});
