import { seeded } from "@tilebook/base";
import { normalisedError, randomNumbers } from "@tilebook/compiler/testing";
import { runGraph, type TensorValue } from "@tilebook/interp";
import { type Graph, type GraphNode, type NodeId, type PartialOp, sizeOf } from "@tilebook/ir";
import { lowerToRanks } from "../sbp/lower.ts";
import { broadcast, liesOn, type Sbp } from "../sbp/sbp.ts";
import type { Signature } from "../sbp/signature.ts";
import { partsOf, runPlans } from "./plans.ts";

/** Random numbers for every input of a graph; i32 ones are rows of a table of three. */
function valuesOf(graph: Graph): Map<string, TensorValue> {
  const values = new Map<string, TensorValue>();
  graph.nodes.forEach((node, id) => {
    if (node.kind !== "input") return;
    const numbers = Float64Array.from(randomNumbers(sizeOf(node.type.shape), id + 1), (value) =>
      node.type.dtype === "f32" ? value : Math.floor((value + 1) * 1.5) % 3,
    );
    values.set(node.tensor, { type: node.type, values: numbers });
  });
  return values;
}

/** Runs a graph on a group and on one, and gives the worst error and what was sent. */
export function compared(
  graph: Graph,
  signatures: readonly Signature[],
  { ranks, outputs }: { readonly ranks: number; readonly outputs?: readonly Sbp[] },
): { readonly error: number; readonly bytes: number } {
  const values = valuesOf(graph);
  const random = seeded(ranks);
  const inputs = Array.from({ length: ranks }, () => new Map<string, TensorValue>());
  graph.nodes.forEach((node, id) => {
    if (node.kind !== "input") return;
    const value = values.get(node.tensor);
    if (value === undefined) return;
    const lies = signatures[id]?.output ?? broadcast;
    partsOf(value, lies, ranks, random).forEach((part, rank) => {
      if (liesOn(lies, rank)) inputs[rank]?.set(node.tensor, part);
    });
  });
  const wanted = outputs ?? graph.outputs.map(() => broadcast);
  const plans = lowerToRanks(graph, signatures, { ranks, outputs: wanted });
  const { results, bytes } = runPlans(plans, inputs);
  const errors = runGraph(graph, values).flatMap((whole, place) => {
    const sbp = wanted[place] ?? broadcast;
    const seen = results.map((mine, rank) => {
      if (!liesOn(sbp, rank)) return new Float64Array();
      const before = wanted.slice(0, place).filter((other) => liesOn(other, rank)).length;
      return mine[before]?.values ?? new Float64Array();
    });
    if (sbp.kind === "partial") return [normalisedError(putTogether(seen, sbp.op), Array.from(whole))];
    const type = nodeAt(graph, graph.outputs[place] ?? -1).type;
    const parts = partsOf({ type, values: whole }, sbp, ranks, random);
    if (sbp.kind === "at") return [normalisedError(Array.from(seen[sbp.rank] ?? []), Array.from(whole))];
    return parts.map((part, rank) => normalisedError(Array.from(seen[rank] ?? []), Array.from(part.values)));
  });
  return { error: Math.max(...errors), bytes };
}

function putTogether(terms: readonly Float64Array[], op: PartialOp): readonly number[] {
  const put = { sum: (a: number, b: number) => a + b, max: Math.max, min: Math.min }[op];
  const [first = new Float64Array(), ...others] = terms;
  return Array.from(first, (value, index) =>
    others.reduce((all, term) => put(all, term[index] ?? NaN), value),
  );
}

export function nodeAt(graph: Graph, id: NodeId): GraphNode {
  const node = graph.nodes[id];
  if (node === undefined) throw new Error(`no node ${id}`);
  return node;
}
