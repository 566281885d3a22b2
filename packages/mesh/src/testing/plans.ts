import { runGraph, type TensorValue } from "@tilebook/interp";
import { bitsOf, type Graph, type PartialOp, sizeOf, type TensorType, verifyGraph } from "@tilebook/ir";
import type { PeerPlan } from "../sbp/peer-plan.ts";
import { localType, rangesOf, type Sbp } from "../sbp/sbp.ts";

export interface PlansRun {
  /** By rank, then by output. */
  readonly results: readonly (readonly TensorValue[])[];
  /** Bytes that all ranks received. */
  readonly bytes: number;
}

/** Runs the plans of all ranks in the f64 interpreter, in any order that has what it needs. Fails where they wait for each other. */
export function runPlans(
  plans: readonly PeerPlan[],
  inputs: readonly ReadonlyMap<string, TensorValue>[],
): PlansRun {
  const values = inputs.map((given) => new Map(given));
  const tasks = plans.map(({ tasks: all }) => [...all]);
  const sends = plans.map(({ sends: all }) => [...all]);
  let bytes = 0;
  for (let moved = true; moved;) {
    moved = false;
    for (const rank of plans.keys()) {
      const mine = values[rank] ?? new Map<string, TensorValue>();
      tasks[rank] = (tasks[rank] ?? []).filter(({ graph, outputs }) => {
        if (!namesIn(graph).every((name) => mine.has(name))) return true;
        verifyGraph(graph);
        runGraph(graph, mine).forEach((result, place) => {
          const type = graph.nodes[graph.outputs[place] ?? -1]?.type;
          if (type !== undefined) mine.set(outputs[place] ?? "", { type, values: result });
        });
        moved = true;
        return false;
      });
      sends[rank] = (sends[rank] ?? []).filter(({ value, to, as }) => {
        const found = mine.get(value);
        const wanted = plans[to]?.receives.find((one) => one.value === as && one.from === rank);
        if (found === undefined) return true;
        if (wanted === undefined || sizeOf(wanted.type.shape) !== found.values.length)
          throw new Error(`${as} is not wanted by rank ${to}`);
        values[to]?.set(as, found);
        bytes += bytesIn(found.type);
        moved = true;
        return false;
      });
    }
  }
  if ([...tasks, ...sends].some((left) => left.length > 0)) throw new Error("ranks wait for each other");
  const results = plans.map((plan, rank) => plan.results.map((name) => valueOf(values[rank], name)));
  return { results, bytes };
}

function valueOf(values: ReadonlyMap<string, TensorValue> | undefined, name: string): TensorValue {
  const found = values?.get(name);
  if (found === undefined) throw new Error(`no result ${name}`);
  return found;
}

function namesIn(graph: Graph): readonly string[] {
  return graph.nodes.flatMap((node) => (node.kind === "input" ? [node.tensor] : []));
}

export function bytesIn({ dtype, shape }: TensorType): number {
  return (sizeOf(shape) * bitsOf(dtype)) / 8;
}

/** The part of a tensor that a rank holds; of terms, random ones that come to the tensor. */
export function partsOf(
  { type, values }: TensorValue,
  sbp: Sbp,
  ranks: number,
  random: () => number,
): TensorValue[] {
  if (sbp.kind === "split")
    return rangesOf(type.shape[sbp.axis] ?? 0, ranks).map((_, rank) =>
      cut({ type, values }, sbp, rank, ranks),
    );
  const parts = Array.from({ length: ranks }, () => ({ type, values: values.slice() }));
  if (sbp.kind !== "partial") return parts;
  values.forEach((value, index) => {
    termsOf(value, sbp.op, ranks, random).forEach((term, rank) => {
      const part = parts[rank];
      if (part !== undefined) part.values[index] = term;
    });
  });
  return parts;
}

/** Numbers that `op` makes the value of. One rank, by chance, has what the others lack. */
function termsOf(value: number, op: PartialOp, ranks: number, random: () => number): readonly number[] {
  const whole = Math.floor(random() * ranks);
  const terms = Array.from({ length: ranks }, () => random() - 0.5);
  if (op !== "sum")
    return terms.map((term, rank) =>
      rank === whole ? value : value + (op === "max" ? -1 : 1) * Math.abs(term),
    );
  const others = terms.reduce((sum, term, rank) => (rank === whole ? sum : sum + term), 0);
  return terms.with(whole, value - others);
}

function cut(
  { type, values }: TensorValue,
  sbp: Sbp & { readonly kind: "split" },
  rank: number,
  ranks: number,
): TensorValue {
  const local = localType(type, sbp, rank, ranks);
  const start = rangesOf(type.shape[sbp.axis] ?? 0, ranks)[rank]?.start ?? 0;
  const inner = sizeOf(type.shape.slice(sbp.axis + 1));
  const [whole, mine] = [type.shape[sbp.axis] ?? 1, local.shape[sbp.axis] ?? 1];
  const kept = Float64Array.from({ length: sizeOf(local.shape) }, (_, index) => {
    const outer = Math.floor(index / (mine * inner));
    return values[(outer * whole + start) * inner + (index % (mine * inner))] ?? 0;
  });
  return { type: local, values: kept };
}
