import { type Graph, type NodeId, type ReduceNode, sizeOf } from "@tilebook/ir";
import type { Config, Schedule } from "../program.ts";
import type { NodePlan } from "./choice.ts";
import { blockFor, elementwiseKernel } from "./elementwise.ts";
import { kernelHash } from "./kernel-hash.ts";
import { hasLongRows, reduceBlock, reduceKernel } from "./reduce.ts";
import { nodeAt } from "./regions.ts";

/** Every element of a node, with all that is fused into it. `copied`: a node that is stored is read from its buffer. */
export function elementwisePlan(
  graph: Graph,
  what: { readonly id: NodeId; readonly copied?: boolean },
  stored: ReadonlySet<NodeId>,
): NodePlan {
  const count = sizeOf(nodeAt(graph, what.id).type.shape);
  const guess = blockFor(count);
  const make = remembered((block) => elementwiseKernel(graph, what.id, stored, { ...what, block }));
  return {
    operands: make(guess).nodes,
    family: {
      name: () => kernelHash(make(guess).kernel),
      sizes: [count],
      configs: [
        guess >= 4096 ? laid(guess, 64, { across: 16, unroll: 8 }) : { blocks: { block: guess } },
        ...[
          laid(4096, 64, { across: 1, unroll: 8 }),
          laid(4096, 64, { across: 16, unroll: 8 }),
          laid(16_384, 64, { across: 1, unroll: 8 }),
          laid(1024, 64),
          laid(1024, 256),
          laid(1024, 16),
        ].filter(({ blocks }) => blocks.block <= Math.max(1024, count)),
      ],
      plan: ({ block = guess }) => {
        const { kernel, scalars } = make(block);
        return { tile: kernel, grid: [Math.ceil(count / block), 1, 1], scalars };
      },
    },
  };
}

/** Of a loop: some devices cut longer ones. */
const mostTurns = 2 ** 15;

/** A fold, with the maps before it fused in. */
export function reducePlan(
  graph: Graph,
  what: { readonly id: NodeId; readonly node: ReduceNode },
  stored: ReadonlySet<NodeId>,
): NodePlan {
  const guess = reduceBlock(graph, what.node);
  const make = remembered((block) => reduceKernel(graph, { ...what, block }, stored));
  const long = hasLongRows(graph, what.node);
  const length = nodeAt(graph, what.node.input).type.shape[what.node.axis] ?? 1;
  const others: readonly Config[] = long
    ? [
        laid(64, 4),
        laid(64, 16),
        laid(256, 16),
        laid(256, 64),
        laid(1024, 64),
        laid(1024, 256),
        laid(4096, 256),
      ].filter(({ blocks }) => length / blocks.block <= mostTurns)
    : [16, 64, 256].map((block) => ({ blocks: { block } }));
  return {
    operands: make(guess).nodes,
    family: {
      name: () => kernelHash(make(guess).kernel),
      sizes: [length, sizeOf(what.node.type.shape)],
      configs: [{ blocks: { block: guess } }, ...others],
      plan: ({ block = guess }) => {
        const { kernel, scalars, programs } = make(block);
        return { tile: kernel, grid: [programs, 1, 1], scalars };
      },
    },
  };
}

/** So many elements a program, so many threads, all beside each other unless `more` says else. */
function laid(
  block: number,
  threads: number,
  more: Partial<Schedule> = {},
): Config & { readonly blocks: { readonly block: number } } {
  return { blocks: { block }, schedule: { threads, across: threads, unroll: 16, operands: "own", ...more } };
}

/** A kernel for each block size, made once. */
function remembered<T>(make: (block: number) => T): (block: number) => T {
  const known = new Map<number, T>();
  return (block) => {
    const found = known.get(block) ?? make(block);
    known.set(block, found);
    return found;
  };
}
