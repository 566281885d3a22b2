import type { Graph } from "@tilebook/ir";
import type { Target } from "../program.ts";
import type { Edited } from "./edit.ts";
import { withOwnSides } from "./own-sides.ts";
import { chooseRegions, liveNodes, type Regions } from "./regions.ts";
import { narrowRowSums } from "./row-sums.ts";
import { packSoftmaxRows } from "./stream/softmax-rows.ts";

/**
 * A graph as it is computed, and how it falls into kernels: each product with sides of its own, where these are made of codes, and with
 * numbers kept of the rows of softmaxes, where that makes streams.
 */
export function plannedGraph(given: Graph, target: Target): Planned {
  const own = withOwnSides(given, liveNodes(given));
  const planned = withStreams(own.graph, target);
  return { ...planned, origins: planned.origins.map((id) => (id === undefined ? id : own.origins[id])) };
}

type Planned = Edited & { readonly regions: Regions };

function withStreams(given: Graph, target: Target): Planned {
  const { graph, sums } = narrowRowSums(given, liveNodes(given));
  const packed = packSoftmaxRows(graph, liveNodes(graph));
  const plain = (): Regions => chooseRegions(graph, target, { read: sums });
  const origins = graph.nodes.map((_, id) => id);
  if (packed.rows.size === 0) return { graph, origins, regions: plain() };
  const read = new Set(packed.origins.flatMap((id, at) => (id !== undefined && sums.has(id) ? [at] : [])));
  const regions = chooseRegions(packed.graph, target, { read, ofRows: packed.rows });
  if ([...packed.rows.keys()].some((id) => regions.streams.has(id))) return { ...packed, regions };
  const others = plain();
  return { graph, origins, regions: { ...others, remarks: sayOfBoth(regions, others) } };
}

const isOfStreams = ({ code }: { readonly code: string }): boolean => code === "fusion/stream";

/** Why even that makes no streams, and all else of what is done. */
function sayOfBoth(tried: Regions, done: Regions): Regions["remarks"] {
  if (done.streams.size > 0) return done.remarks;
  return [...tried.remarks.filter(isOfStreams), ...done.remarks.filter((one) => !isOfStreams(one))];
}
