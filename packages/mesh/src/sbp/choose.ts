import type { Graph, NodeId } from "@tilebook/ir";
import { cheapest, type Factor, mostEntries, setAt } from "./cheapest.ts";
import { Costs } from "./costs.ts";
import type { Layouts } from "./layouts.ts";
import type { Signature } from "./signature.ts";

/** A signature for every node, and what it costs. */
export interface Chosen {
  readonly signatures: readonly Signature[];
  /** Payload that all ranks together receive. */
  readonly bytes: number;
  /** Bytes, and what one rank computes, as bytes. */
  readonly cost: number;
  /**
   * Whether nothing is cheaper. Else some tensor has so many readers that each was thought to have it boxed for itself, and what
   * was chosen may be more than the least.
   */
  readonly exact: boolean;
}

/**
 * The signatures of least cost. Nothing where none are legal, or where so much of the graph hangs together that it cannot be
 * worked out.
 */
export function chooseSignatures(graph: Graph, layouts: Layouts): Chosen | undefined {
  const costs = new Costs(graph, layouts);
  const domains = costs.candidates.map((signatures) => signatures.length);
  const factors = graph.nodes.map((_, id) => factorsOf(costs, id, domains));
  const found = cheapest(domains, factors.flat());
  if (found === undefined || found.cost === Infinity) return undefined;
  const signatures = costs.picked(found.choices);
  const exact = factors.every((all) => all.length === 1);
  return { signatures, bytes: costs.bytes(signatures), cost: costs.total(signatures), exact };
}

/** What a node costs, by its signature and those of all who read it: one table, or where it were too large one for each of them. */
function factorsOf(costs: Costs, id: NodeId, domains: readonly number[]): readonly Factor[] {
  const around = costs.readersOf(id);
  const entries = [id, ...around].reduce((product, variable) => product * (domains[variable] ?? 1), 1);
  if (entries <= mostEntries) return [factorOf(costs, id, around, domains)];
  const alone = factorOf(costs, id, [], domains);
  return [
    alone,
    ...around.map((reader) => withoutWork(factorOf(costs, id, [reader], domains), alone, domains)),
  ];
}

function factorOf(costs: Costs, id: NodeId, readers: readonly NodeId[], domains: readonly number[]): Factor {
  const variables = [id, ...readers];
  const table = new Float64Array(
    variables.reduce((product, variable) => product * (domains[variable] ?? 1), 1),
  );
  const choices = domains.map(() => 0);
  const chosen = (node: NodeId): Signature | undefined =>
    variables.includes(node) ? costs.candidates[node]?.[choices[node] ?? 0] : undefined;
  for (const entry of table.keys()) {
    setAt(choices, variables, entry, domains);
    table[entry] = costs.of(id, chosen);
  }
  return { variables, table };
}

/** What the node costs by itself is counted once, not for each reader. */
function withoutWork({ variables, table }: Factor, alone: Factor, domains: readonly number[]): Factor {
  const [, reader = 0] = variables;
  const inner = domains[reader] ?? 1;
  return {
    variables,
    table: table.map((cost, entry) => cost - (alone.table[Math.floor(entry / inner)] ?? 0)),
  };
}
