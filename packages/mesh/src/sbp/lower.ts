import {
  bitsOf,
  type Graph,
  type GraphNode,
  type NodeId,
  readsOf,
  sizeOf,
  type TensorType,
  withReads,
} from "@tilebook/ir";
import { type Boxing, boxingOf } from "./boxing.ts";
import type { Moving } from "./harmless.ts";
import { moved, type Placed } from "./move.ts";
import type { PeerPlan } from "./peer-plan.ts";
import { RankBuilder } from "./rank-builder.ts";
import { broadcast, liesOn, localType, type Sbp, sayOf } from "./sbp.ts";
import { type Algorithm, algorithmsOf } from "./schedule.ts";
import type { Signature } from "./signature.ts";
import { inTurn } from "./turns.ts";

export interface Lowering {
  readonly ranks: number;
  readonly outputs?: readonly (Sbp | undefined)[];
  /** How a tensor of so many bytes is brought from one layout to another, where there are several ways; directly by default. */
  readonly algorithmOf?: (moving: Moving, bytes: number) => Algorithm;
}

/**
 * What every rank of a group does so that together they compute the graph, each node in the given way. Inputs are there under their tensor's name, each
 * rank's part of them; results lie as `outputs` wants, or as they come. A rank has the results that lie on it.
 */
export function lowerToRanks(
  graph: Graph,
  signatures: readonly Signature[],
  { ranks, outputs = [], algorithmOf = () => "direct" }: Lowering,
): readonly PeerPlan[] {
  const builders = Array.from({ length: ranks }, () => new RankBuilder(graph.kernels));
  const placed: Placed[] = [];
  const boxed = new Map<string, Placed>();
  const move = (from: Placed, to: Sbp, key: string): Placed => {
    const boxing = boxingOf(from.sbp, to);
    const algorithm = algorithmOf({ from: from.sbp, to, ranks }, bytesOf(from.type));
    // Timelines show the name: by it a person sees what travels, and in which way.
    return moved(builders, from, to, { name: `${sayWay(boxing, algorithm)} ${key}`, algorithm });
  };
  const bring = (id: NodeId, wanted: Sbp): Placed => {
    const from = placed[id];
    if (from === undefined) throw new Error(`node ${id} is read before it is made`);
    const key = `${id}:${sayOf(wanted)}`;
    const found = boxed.get(key) ?? move(from, wanted, key);
    boxed.set(key, found);
    return found;
  };
  graph.nodes.forEach((node, id) => {
    const signature = signatures[id] ?? { inputs: [], output: broadcast };
    const inputs = readsOf(node).map((read, place) =>
      bring(read, signature.inputs[place] ?? signature.output),
    );
    placed.push(computed(builders, node, { id, output: signature.output, inputs }));
  });
  const results = graph.outputs.map((id, place) => bring(id, outputs[place] ?? placed[id]?.sbp ?? broadcast));
  return inTurn(
    builders.map((builder, rank) =>
      builder.plan(results.filter(({ sbp }) => liesOn(sbp, rank)).map(({ value }) => value)),
    ),
  );
}

function sayWay(boxing: Boxing, algorithm: Algorithm): string {
  return algorithmsOf(boxing).includes(algorithm) ? `${boxing}.${algorithm}` : boxing;
}

interface Computed {
  readonly id: NodeId;
  readonly output: Sbp;
  readonly inputs: readonly Placed[];
}

/** Each rank on which a node lies computes it on its parts, as soon as it has all of them. A wish is what it is of. */
function computed(
  builders: readonly RankBuilder[],
  node: GraphNode,
  { id, output, inputs }: Computed,
): Placed {
  const [first] = inputs;
  if (node.kind === "reshape" && node.placed !== undefined && first !== undefined) return first;
  const value = node.kind === "input" ? node.tensor : `v${id}`;
  builders.forEach((builder, rank) => {
    if (!liesOn(output, rank)) return;
    const type = localType(node.type, output, rank, builders.length);
    if (node.kind === "input") return builder.given(value, type);
    const reads = inputs.map((input) => builder.read(input.value)).values();
    const local = withReads(lasting(node), (read) => reads.next().value ?? read);
    builder.name(value, builder.add({ ...local, type }));
  });
  return { value, sbp: output, type: node.type };
}

/** A kernel that may write over what it reads does not here: others may still have to read it, or to be sent it. */
function lasting(node: GraphNode): GraphNode {
  if (node.kind !== "tileCall") return node;
  const given = node.launch.arguments.map((argument) =>
    argument.kind === "output" ? { ...argument, over: false } : argument,
  );
  return { ...node, launch: { ...node.launch, arguments: given } };
}

function bytesOf({ dtype, shape }: TensorType): number {
  return (sizeOf(shape) * bitsOf(dtype)) / 8;
}
