import { type AttentionNode, attentionSizes, type Graph, maxTileElements, valueDType } from "@tilebook/ir";
import type { Target } from "../program.ts";
import type { NodePlan } from "./choice.ts";
import { attentionKernel } from "./attention-kernel.ts";
import { attentionSides, type HeadStrides } from "./attention-sides.ts";
import { nodeAt } from "./contents.ts";
import { manyQueries, packHeads } from "./pack-heads.ts";
import { powerOfTwo } from "./stream/axis.ts";
import { byMatrix, config, type Configs, fitting, muchWork } from "./ways.ts";

export function attentionPlan(
  graph: Graph,
  node: AttentionNode,
  target: Target,
  isTurned: boolean = false,
): NodePlan {
  const [q, k, v] = [node.q, node.k, node.v].map((id) => nodeAt(graph, id).type);
  const sizes = attentionSizes([q?.shape ?? [], k?.shape ?? [], v?.shape ?? []], node.tokensFirst);
  if (q === undefined || sizes === undefined)
    throw new RangeError("an attention whose sides do not fit together");
  const { m, d, e, batch } = sizes;
  const { n, heads, group, packed, ...lay } = packHeads(node, sizes);
  const { causal } = lay;
  const { dtype } = q;
  const padded = { d: powerOfTwo(d), e: powerOfTwo(e) };
  const [of, out] = [valueDType(dtype), valueDType(node.type.dtype)];
  const turned = isTurned ? { resultTokensFirst: true } : {};
  const sides = attentionSides(graph, node);
  const apart = sides.map(({ strides }) => strides !== undefined);
  const wish = { dtype: of, out, ...lay, ...turned, apart, padded, span: node.span };
  const apartName = apart.some(Boolean)
    ? ` ${["q", "k", "v"].filter((_, at) => apart[at]).join("")} apart`
    : "";
  const family: NodePlan["family"] = {
    name: () =>
      `attention${causal ? " causal" : ""}${node.tokensFirst ? " tokens first" : ""}${packed ? " packed" : ""}${isTurned ? " turned" : ""}${apartName} ${of} ${out}`,
    sizes: [n, m, d, e, batch * heads, group],
    ...attentionConfigs({ n, width: Math.max(d, e), work: batch * heads * n * m * (d + e), causal }, target),
    plan: (blocks) => {
      const block = {
        queries: blocks["queries"] ?? 16,
        keys: blocks["keys"] ?? 4,
        split: blocks["split"] === 1,
      };
      return {
        tile: attentionKernel({ ...wish, block }),
        grid: [Math.ceil(n / block.queries), heads, batch],
        scalars: [n, m, d, e, heads, group, node.scale, ...sides.flatMap(numbersOf)],
      };
    },
  };
  return { operands: sides.map(({ id }) => id), family };
}

/** What a kernel gets for a side that lies apart. */
function numbersOf({ strides }: { readonly strides?: HeadStrides }): readonly number[] {
  return strides === undefined ? [] : [strides.first, strides.row, strides.outer, strides.inner];
}

interface AttentionWork {
  /** Queries of a head, and numbers of each, or of a value. */
  readonly n: number;
  readonly width: number;
  /** Products of numbers, all together. */
  readonly work: number;
  readonly causal: boolean;
}

/** With less work than this, the browser takes longer over straight code than the device takes in loops. */
const littleWork = 2 ** 25;

/**
 * A thread has whole queries: in loops where there is little to do, one in straight code else, several in registers where that
 * pays.
 */
export function attentionConfigs(
  about: AttentionWork,
  target: Target,
): Pick<NodePlan["family"], "configs" | "later"> {
  const configs = straightConfigs(about, target);
  if (about.work >= littleWork || about.n < manyQueries) return { configs };
  return { configs: [...fitting([inLoops], target), ...configs], later: configs[0] };
}

const inLoops = config({ queries: 16, keys: 1 }, [16, 1, 1]);

function straightConfigs({ n, width, work, causal }: AttentionWork, target: Target): Configs {
  const wide = width > mostStraight;
  const few = n < manyQueries;
  const all = fitting(
    [
      ...(n === 1 && width <= mostOverKeys ? oneQuery : []),
      ...(wide ? wideHeads : []),
      ...(few ? fewQueries : []),
      config({ queries: 16, keys: 1 }, [16, 1, 16], "subgroup"),
      config({ queries: 32, keys: 1 }, [16, 1, 32], "subgroup"),
      config({ queries: 16, keys: 2 }, [4, 1, 64], "subgroup"),
      config({ queries: 64, keys: 2 }, [16, 1, 64], "subgroup"),
      byMatrix(config({ queries: 16, keys: 4 }, [4, 1, 64], "subgroup")),
      byMatrix(config({ queries: 64, keys: 4 }, [16, 1, 128], "subgroup")),
      config({ queries: 16, keys: 1 }, [16, 1, 16]),
      config({ queries: 32, keys: 1 }, [16, 1, 32]),
      config({ queries: 64, keys: 1 }, [16, 1, 64]),
      config({ queries: 32, keys: 4 }, [16, 1, 64]),
      config({ queries: 64, keys: 4 }, [64, 1, 16]),
      config({ queries: 16, keys: 32 }, [64, 4, 32]),
      config({ queries: 64, keys: 16 }, [64, 1, 64]),
      ...(causal ? splitConfigs : []),
    ].filter(({ blocks }) => (blocks?.["queries"] ?? 1) <= Math.max(16, n)),
    target,
  );
  const [short, long, ...others] = all;
  if (short === undefined || long === undefined || wide || few || work < 8 * muchWork) return all;
  return [long, short, ...others];
}

/** More than this many numbers of a query and key in straight code take seconds to compile. */
const mostStraight = 128;

const wideHeads: Configs = [
  config({ queries: 16, keys: 1 }, [16, 1, 8], "subgroup"),
  config({ queries: 16, keys: 1 }, [16, 1, 8]),
];

/** As in decoding: a program reads its keys for hardly more queries than there are. */
const fewQueries: Configs = [
  config({ queries: 4, keys: 1 }, [4, 1, 16], "subgroup"),
  config({ queries: 4, keys: 4 }, [4, 1, 16], "subgroup"),
  config({ queries: 4, keys: 16 }, [16, 16, 16]),
];

/** Wider ones make too large a tile with 64 keys. */
const mostOverKeys = maxTileElements / 64;

/** Threads stand beside each other over the keys, and then over the width of the values. */
const oneQuery: Configs = [
  config({ queries: 1, keys: 64 }, [16, 16, 8]),
  config({ queries: 1, keys: 16 }, [4, 4, 8]),
];

/** Keys that all queries of a program see, in a loop of their own without a mask. */
const splitConfigs: Configs = [
  config({ queries: 32, keys: 1, split: 1 }, [16, 1, 32]),
  config({ queries: 32, keys: 4, split: 1 }, [16, 1, 64]),
];
