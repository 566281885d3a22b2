import { type Graph, type NodeId, sizeOf } from "@tilebook/ir";
import type { Config, Schedule, Target } from "../program.ts";
import type { NodePlan } from "./choice.ts";
import { blockFor, elementwiseKernel, type MapsWanted } from "./elementwise.ts";
import { kernelHash } from "./kernel-hash.ts";
import { type FoldsWanted, hasLongRows, reduceBlock, reduceKernel } from "./reduce.ts";
import { nodeAt } from "./contents.ts";
import { splitReduce } from "./split-reduce.ts";
import { maySplit, powerOfTwoBelow } from "./split-where.ts";

/** Elements from which on code of its own for its numbers pays: it gains a tenth or so of some milliseconds. */
const fewestLarge = 2 ** 20;

/** Every element of some nodes, with all that is fused into them. */
export function elementwisePlan(graph: Graph, wanted: MapsWanted, stored: ReadonlySet<NodeId>): NodePlan {
  const count = sizeOf(nodeAt(graph, wanted.ids[0] ?? -1).type.shape);
  const guess = blockFor(count);
  const make = remembered((block) => elementwiseKernel(graph, wanted, stored, block));
  return {
    operands: make(guess).nodes,
    family: {
      name: () => kernelHash(make(guess).kernel),
      sizes: [count],
      isLarge: count >= fewestLarge,
      configs: [
        guess >= 4096 ? laid(guess, 64, { across: 16, unroll: 8 }) : { blocks: { block: guess } },
        ...[
          laid(4096, 64, { across: 1, unroll: 8 }),
          laid(4096, 64, { across: 16, unroll: 8 }),
          laid(16_384, 64, { across: 1, unroll: 8 }),
          laid(16_384, 64, { across: 16, unroll: 8, ahead: true }),
          laid(65_536, 64, { across: 16, unroll: 8, ahead: true }),
          laid(1024, 64),
          laid(1024, 256),
          laid(1024, 16),
        ].filter(({ blocks }) => blocks.block <= Math.max(1024, count)),
      ],
      plan: ({ block = guess }) => {
        const { kernel, scalars, fills } = make(block);
        return { tile: kernel, grid: [Math.ceil(count / block), 1, 1], scalars, fills };
      },
    },
  };
}

/** Of a loop: some devices cut longer ones. */
const mostTurns = 2 ** 15;

/** Folds along one axis, with the maps before them fused in. */
export function reducePlan(
  graph: Graph,
  { folds, target }: { readonly folds: FoldsWanted["folds"]; readonly target: Target },
  stored: ReadonlySet<NodeId>,
): NodePlan {
  const [first] = folds;
  const { node } = first;
  const guess = reduceBlock(graph, node);
  const make = remembered((block) => reduceKernel(graph, { folds, block }, stored));
  const length = nodeAt(graph, node.input).type.shape[node.axis] ?? 1;
  const outputs = sizeOf(node.type.shape);
  const configs = hasLongRows(graph, node)
    ? longRowConfigs(guess, { length, outputs, target, isOne: folds.length === 1 })
    : [guess, 16, 64, 256].map((block) => ({ blocks: { block } }));
  return {
    operands: make(guess).nodes,
    family: {
      name: () => kernelHash(make(guess).kernel),
      sizes: [length, outputs],
      isLarge: length * outputs >= fewestLarge,
      configs,
      plan: ({ block = guess, parts }) => {
        if (parts === undefined) {
          const { kernel, scalars, fills, programs } = make(block);
          return { tile: kernel, grid: [programs, 1, 1], scalars, fills };
        }
        const { kernel, ...launches } = splitReduce(graph, { ...first, split: { parts, block } }, stored);
        return { tile: kernel, ...launches };
      },
    },
  };
}

interface LongRows {
  readonly length: number;
  readonly outputs: number;
  readonly target: Target;
  /** Rows of several folds are not split: the second launch has one result. */
  readonly isOne: boolean;
}

/** A graphics card begins with a way that gives work to all of it, a processor with a single launch. */
function longRowConfigs(guess: number, rows: LongRows): readonly Config[] {
  const whole = [
    { blocks: { block: guess } },
    ...[
      laid(64, 4),
      laid(64, 16),
      laid(256, 16),
      laid(256, 64),
      laid(1024, 64),
      laid(1024, 256),
      laid(4096, 256),
    ].filter(({ blocks }) => rows.length / blocks.block <= mostTurns),
  ];
  const [first, ...others] = splitConfigs(rows);
  const all = rows.target.processor === true ? [...whole, first, ...others] : [first, ...whole, ...others];
  return all.filter((config) => config !== undefined);
}

/** Fewer turns in a program are not worth a second launch. */
const fewestTurns = 4;

/** Rows in parts, where there are too few of them to keep a device busy; of each way, nothing where it would have too few parts. */
function splitConfigs({ length, outputs, target, isOne }: LongRows): readonly (Config | undefined)[] {
  if (!isOne || !maySplit(target)) return [];
  const ways =
    target.processor === true
      ? ([
          [laid(64, 4), 16],
          [laid(64, 4), 64],
          [laid(64, 8), 64],
          [laid(256, 16), 64],
        ] as const)
      : ([
          [laid(1024, 256), 512],
          [laid(4096, 256), 512],
          [laid(1024, 64), 512],
          [laid(1024, 256), 2048],
        ] as const);
  return ways.map(([config, programs]) => {
    const { block } = config.blocks;
    const parts = powerOfTwoBelow(Math.min(programs / Math.max(1, outputs), length / (fewestTurns * block)));
    return parts < fewestParts ? undefined : { ...config, blocks: { block, parts } };
  });
}

/** Two parts would halve the time at best, and the second launch takes its own. */
const fewestParts = 4;

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
