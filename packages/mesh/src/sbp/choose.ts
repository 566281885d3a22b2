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
   * Whether nothing is cheaper. Else some tensor has so many readers that each was thought to have it boxed for itself, or so much hangs together
   * that what meets from several ranks is computed where most of it is; and what was chosen may be more than the least.
   */
  readonly exact: boolean;
}

/**
 * The signatures of least cost. Nothing where none are legal, or where so much of the graph hangs together that it cannot be
 * worked out.
 */
export function chooseSignatures(graph: Graph, layouts: Layouts): Chosen | undefined {
  return chosenOf(graph, layouts, false) ?? chosenOf(graph, layouts, true);
}

function chosenOf(graph: Graph, layouts: Layouts, near: boolean): Chosen | undefined {
  const costs = new Costs(graph, layouts, near);
  if (costs.candidates.some(({ length }) => length === 0)) return undefined;
  const domains = costs.candidates.map((signatures) => signatures.length);
  const factors = graph.nodes.map((_, id) => factorsOf(costs, id, domains));
  const found = cheapest(domains, factors.flat());
  if (found === undefined || found.cost === Infinity) return undefined;
  const signatures = costs.picked(found.choices);
  const cost = costs.total(signatures);
  if (cost === Infinity) return undefined;
  const exact = !near && factors.every((all) => all.length === 1);
  return { signatures, bytes: costs.bytes(signatures), cost, exact };
}

/** What a node costs, by its signature and those of all who read it: one table, or where it were too large one for each of them. */
function factorsOf(costs: Costs, id: NodeId, domains: readonly number[]): readonly Factor[] {
  const around = costs.readersOf(id).filter((reader) => (domains[reader] ?? 1) > 1);
  const entries = [id, ...around].reduce((product, variable) => product * (domains[variable] ?? 1), 1);
  if (entries <= mostEntries) return [factorOf(costs, id, around, domains)];
  const alone = factorOf(costs, id, [], domains);
  return [
    alone,
    ...around.map((reader) => withoutWork(factorOf(costs, id, [reader], domains), alone, domains)),
  ];
}

function factorOf(costs: Costs, id: NodeId, readers: readonly NodeId[], domains: readonly number[]): Factor {
  const variables = [id, ...readers].filter((variable) => domains[variable] !== 1);
  const table = new Float64Array(
    variables.reduce((product, variable) => product * (domains[variable] ?? 1), 1),
  );
  const choices = domains.map(() => 0);
  const isKnown = (node: NodeId): boolean => domains[node] === 1 || variables.includes(node);
  const chosen = (node: NodeId): Signature | undefined =>
    isKnown(node) ? costs.candidates[node]?.[choices[node] ?? 0] : undefined;
  for (const entry of table.keys()) {
    setAt(choices, variables, entry, domains);
    table[entry] = costs.of(id, chosen);
  }
  return { variables, table };
}

/** What the node costs by itself is counted once, not for each reader. */
function withoutWork({ variables, table }: Factor, alone: Factor, domains: readonly number[]): Factor {
  const inner = domains[variables.at(-1) ?? 0] ?? 1;
  return {
    variables,
    table: table.map((cost, entry) => cost - (alone.table[Math.floor(entry / inner)] ?? 0)),
  };
}
