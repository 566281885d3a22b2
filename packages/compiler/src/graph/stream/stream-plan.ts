import { type Graph, type NodeId, readsOf, sizeOf } from "@tilebook/ir";
import type { Target } from "../../program.ts";
import type { NodePlan } from "../choice.ts";
import { nodeAt } from "../contents.ts";
import { kernelHash } from "../kernel-hash.ts";
import { attentionConfigs } from "../attention-ways.ts";
import type { Stream } from "./explore.ts";
import type { StreamBlock, StreamWish } from "./context.ts";
import { StreamWriter } from "./stream-kernel.ts";

/** A stream in the blocks that attention comes in. */
export function streamPlan(
  graph: Graph,
  {
    stream,
    stored,
    turned,
  }: {
    readonly stream: Stream;
    readonly stored: ReadonlySet<NodeId>;
    readonly turned: StreamWish["turned"];
  },
  target: Target,
): NodePlan {
  const { parts, dots } = stream;
  const [{ walk }] = parts;
  const roots = new Set(parts.map(({ root }) => root));
  const read = new Set([...stored].filter((id) => !roots.has(id)));
  const { shape } = nodeAt(graph, walk.over).type;
  const [n = 1, m = 1] = walk.isTurned ? shape.slice(-2).toReversed() : shape.slice(-2);
  const batch = sizeOf(shape.slice(0, -2));
  const widths = parts.map(({ walk: { by } }) =>
    by === undefined ? 1 : (nodeAt(graph, by.id).type.shape.at(by.isTurned ? -2 : -1) ?? 1),
  );
  const depths = [...dots].map(
    (dot) => nodeAt(graph, readsOf(nodeAt(graph, dot))[0] ?? dot).type.shape.at(-1) ?? 1,
  );
  const made = new Map<string, ReturnType<StreamWriter["write"]>>();
  const make = (block: StreamBlock): ReturnType<StreamWriter["write"]> => {
    const key = `${block.rows} ${block.columns}`;
    const known =
      made.get(key) ?? new StreamWriter({ graph, parts, stored: read, block, turned }).write(stream);
    made.set(key, known);
    return known;
  };
  const first = { rows: 16, columns: 4 };
  const total = [...widths, ...depths].reduce((sum, size) => sum + size, 0);
  const work = batch * n * m * total;
  return {
    operands: make(first).nodes,
    family: {
      name: () => kernelHash(make(first).kernel),
      sizes: [n, m, ...widths, batch, ...depths],
      ...attentionConfigs({ n, width: Math.max(...widths, ...depths), work, causal: false }, target),
      plan: ({ queries: rows = first.rows, keys: columns = first.columns }) => {
        const { kernel, scalars, fills } = make({ rows, columns });
        return { tile: kernel, grid: [Math.ceil(n / rows), batch, 1], scalars, fills };
      },
    },
  };
}
