import type { Graph, NodeId } from "@tilebook/ir";
import type { Config, Schedule, Target } from "../../program.ts";
import type { NodePlan } from "../choice.ts";
import { kernelHash } from "../kernel-hash.ts";
import type { RowGroup } from "./find-rows.ts";
import { type RowBlock, rowKernel } from "./row-kernel.ts";

/** Rows in the blocks that they come in. */
export function rowPlan(
  graph: Graph,
  group: RowGroup,
  target: Target,
  stored: ReadonlySet<NodeId>,
): NodePlan {
  const { count, length } = group.rows;
  const made = new Map<string, ReturnType<typeof rowKernel>>();
  const make = (block: RowBlock): ReturnType<typeof rowKernel> => {
    const key = JSON.stringify(block);
    const known = made.get(key) ?? rowKernel(graph, group, { stored, block });
    made.set(key, known);
    return known;
  };
  const configs = rowConfigs(group, target);
  const first = make(blockOf(configs[0]?.blocks ?? {}));
  return {
    operands: first.nodes,
    family: {
      name: () => kernelHash(first.kernel),
      sizes: [length, count],
      configs,
      plan: (blocks) => {
        const block = blockOf(blocks);
        const { kernel, scalars, fills } = make(block);
        return { tile: kernel, grid: [Math.ceil(count / block.rows), 1, 1], scalars, fills };
      },
    },
  };
}

function blockOf({ rows = 32, columns = 16, whole = 0 }: Readonly<Record<string, number>>): RowBlock {
  return { rows, columns, whole: whole === 1 };
}

/**
 * A thread of a processor has a row for itself, or some elements of it; the threads of a graphics card stand beside each other along one, and keep it
 * where it is short enough.
 */
function rowConfigs({ rows: { count, length } }: RowGroup, target: Target): readonly Config[] {
  const wide = 2 ** Math.ceil(Math.log2(length));
  const most = 2 ** Math.ceil(Math.log2(count));
  const short = wide <= 64 ? [laid({ rows: 16, columns: wide, whole: 1 }, [64, 4, 16])] : [];
  const all =
    target.processor === true
      ? [...threadARow, ...short, ...threadsAlong(wide)]
      : [...short, ...threadsAlong(wide), ...threadARow];
  const fitting = all.filter(
    ({ blocks, schedule }) =>
      blocks.columns <= wide && blocks.rows <= most && schedule.threads <= target.workgroupInvocations,
  );
  return fitting.length > 0 ? fitting : [laid({ rows: 4, columns: 4 }, [4, 1, 16])];
}

const threadARow: readonly Laid[] = [
  laid({ rows: 32, columns: 16 }, [32, 1, 16]),
  laid({ rows: 16, columns: 16 }, [16, 1, 16]),
  laid({ rows: 64, columns: 16 }, [64, 1, 16]),
  laid({ rows: 32, columns: 4 }, [32, 1, 16]),
  laid({ rows: 4, columns: 64 }, [4, 1, 16]),
  laid({ rows: 8, columns: 32 }, [16, 2, 16]),
  laid({ rows: 4, columns: 64 }, [16, 4, 16]),
  laid({ rows: 1, columns: 64 }, [4, 4, 16]),
];

/** Elements of a row that a thread keeps. */
const mostKept = 16;

/** Those with four to eight elements a thread first. */
function threadsAlong(wide: number): readonly Laid[] {
  const first = Math.min(256, Math.max(64, wide / 8));
  return [64, 128, 256]
    .toSorted((a, b) => Math.abs(Math.log2(a / first)) - Math.abs(Math.log2(b / first)))
    .flatMap((threads) => {
      const lay = [threads, threads, 16] as const;
      const kept = wide >= threads && wide <= threads * mostKept;
      return [
        ...(kept ? [laid({ rows: 1, columns: wide, whole: 1 }, lay)] : []),
        laid({ rows: 1, columns: threads * 4 }, lay),
      ];
    });
}

interface Laid extends Config {
  readonly blocks: { readonly rows: number; readonly columns: number; readonly whole?: number };
  readonly schedule: Schedule;
}

function laid(blocks: Laid["blocks"], [threads, across, unroll]: readonly [number, number, number]): Laid {
  return { blocks, schedule: { threads, across, unroll, operands: "own" } };
}
