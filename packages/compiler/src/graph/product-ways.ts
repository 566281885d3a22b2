import { type DType, type Graph, type MatmulNode, type NodeId, valueDType } from "@tilebook/ir";
import type { Config, Often, Target } from "../program.ts";
import type { NodePlan, Planned } from "./choice.ts";
import type { Generated } from "./expression.ts";
import { kernelHash } from "./kernel-hash.ts";
import { type FusedProduct, fusedProduct } from "./fused-product.ts";
import { rowsProduct, stepOfRows } from "./rows-product.ts";
import { type MatmulBlock, matmulKernel, nameOf, type ProductLook } from "./products.ts";
import { nodeAt, throughReshapes } from "./contents.ts";
import { productSides, type ProductSides, type Side } from "./product-sides.ts";
import { type PartsKernel, type ProductSizes, splitMatmul, withSplits } from "./split-products.ts";
import { powerOfTwo } from "./stream/axis.ts";
import { byMatrix, config, type Configs, fitting, muchWork } from "./ways.ts";

export function matmulPlan(
  graph: Graph,
  { id, node: product }: { readonly id: NodeId; readonly node: MatmulNode },
  target: Target,
): NodePlan {
  const made = productOf(graph, product);
  const { sides, node, dtype } = made;
  const out = valueDType(product.type.dtype);
  const both = [sides.left.id, sides.right.id].map((side) => throughReshapes(graph, side));
  const rows = { product: id, sides, stored: new Set(both) };
  const kin = kinOf(node, dtype);
  const make: MakeKernel = ({ inParts = false, isFolded = false, ...block }) => {
    if (isFolded) return rowsProduct(graph, rows, { dtype, look: node, block: { ...block, inParts } });
    const kernel = matmulKernel(dtype, inParts ? "f32" : out, node, { ...block, inParts });
    return { kernel, scalars: [] };
  };
  return {
    operands: [sides.left.id, sides.right.id],
    family: {
      name: () => `${kin} ${out}`,
      kin,
      sizes: Object.values(made.sizes),
      ...matmulConfigs(made.sizes, { target, step: stepOfRows(graph, rows) }),
      plan: (blocks) => planOf({ ...made, out, make }, blocks),
    },
  };
}

/** A product with maps before and behind it. With one behind it in one launch: the second one of a product in parts only adds up. */
export function fusedPlan(
  graph: Graph,
  product: MatmulNode,
  about: Omit<FusedProduct, "sides">,
  target: Target,
): NodePlan {
  const made = productOf(graph, product);
  const { sides, node, dtype } = made;
  const both = [sides.left, sides.right].map(({ id }) => throughReshapes(graph, id));
  const fused = { ...about, sides };
  const make = ({ inParts = false, isFolded = false, ...block }: Wanted): Generated =>
    isFolded
      ? rowsProduct(graph, fused, { dtype, look: node, block: { ...block, inParts } })
      : fusedProduct(graph, fused, { dtype, look: node, block: { ...block, inParts } });
  const first = make(blockOf({}));
  const found = about.map === undefined ? stepOfRows(graph, fused) : undefined;
  // Both kernels bind the same buffers, so they have to read them in the same order.
  const isAlike = (step: number): boolean =>
    make({ m: 1, n: 1, k: step, isFolded: true }).nodes.join() === first.nodes.join();
  const step = found !== undefined && isAlike(found) ? found : undefined;
  const { configs, later, often } = matmulConfigs(made.sizes, {
    target,
    step,
    ofCodes: !about.stored.has(both[1] ?? -1),
  });
  const out = valueDType(product.type.dtype);
  return {
    operands: [...both.filter((id) => about.stored.has(id)), ...first.nodes],
    family: {
      name: () => kernelHash(first.kernel),
      kin: kinOf(node, dtype),
      sizes: Object.values(made.sizes),
      configs:
        about.map === undefined ? configs : configs.filter(({ blocks }) => blocks?.["parts"] === undefined),
      later,
      often,
      plan: (blocks) => planOf({ ...made, out, make }, blocks),
    },
  };
}

type Blocks = NonNullable<Config["blocks"]>;

/** A block, and in which form. */
interface Wanted extends MatmulBlock {
  readonly inParts?: boolean;
  /** As `rowsProduct`. */
  readonly isFolded?: boolean;
}

type MakeKernel = (wanted: Wanted) => PartsKernel;

/** The launch, or two of them, of a product in blocks. */
function planOf(
  { sizes, node, strides, grid, out, make }: Product & { readonly out: DType; readonly make: MakeKernel },
  { parts, folded, ...blocks }: Blocks,
): Planned {
  const block = { ...blockOf(blocks), isFolded: folded !== undefined };
  const withStrides = (wanted: Wanted): PartsKernel => {
    const { kernel, scalars, fills = scalars.map(() => undefined) } = make(wanted);
    return { kernel, scalars: [...strides, ...scalars], fills: [...strides.map(() => undefined), ...fills] };
  };
  if (parts !== undefined) {
    const inParts = (whole: MatmulBlock): PartsKernel => withStrides({ ...block, ...whole, inParts: true });
    return splitMatmul({ out, node, make: inParts }, sizes, { ...block, parts });
  }
  const { kernel, scalars, fills = [] } = withStrides(block);
  const { m, n, k } = sizes;
  return {
    tile: kernel,
    grid: grid(block),
    scalars: [m, n, k, ...scalars],
    fills: [undefined, undefined, undefined, ...fills],
  };
}

function blockOf(blocks: Blocks): MatmulBlock {
  return { m: blocks["m"] ?? 32, n: blocks["n"] ?? 32, k: blocks["k"] ?? 16 };
}

function kinOf(node: ProductLook, dtype: DType): string {
  return `${nameOf(node).replaceAll("_", " ")} ${dtype}`;
}

/** What all kernels of a product have in common. */
function productOf(graph: Graph, product: MatmulNode): Product {
  const sides = productSides(graph, product);
  const { m, n, k, batch } = sides;
  return {
    sides,
    node: lookOf(sides, product),
    dtype: valueDType(nodeAt(graph, product.left).type.dtype),
    strides: [sides.left, sides.right].flatMap((side) => numbersOf(side)),
    sizes: { m, n, k, batch },
    grid: (block) => [Math.ceil(n / block.n), Math.ceil(m / block.m), batch],
  };
}

interface Product {
  readonly sides: ProductSides;
  readonly node: ProductLook;
  readonly dtype: DType;
  /** Scalars of sides that lie apart. */
  readonly strides: readonly number[];
  readonly sizes: ProductSizes;
  readonly grid: (block: MatmulBlock) => readonly [number, number, number];
}

function lookOf({ left, right }: ProductSides, { span }: MatmulNode): ProductLook {
  return { left: lookOfSide(left), right: lookOfSide(right), ...(span === undefined ? {} : { span }) };
}

function lookOfSide({ isTurned, strides }: Side): ProductLook["left"] {
  return { isTurned, hasStrides: strides !== undefined };
}

/** What a kernel gets for a side that lies apart. */
function numbersOf({ strides }: Side): readonly number[] {
  if (strides === undefined) return [];
  const { first, row, heads, outer, inner } = strides;
  return [first, row, heads, outer, inner];
}

/** Where products wait for memory, and not for their own sums: processors look ahead by themselves. */
function readingAhead(plain: Config): Config {
  const { schedule } = plain;
  return schedule === undefined ? plain : { ...plain, schedule: { ...schedule, ahead: true } };
}

interface MatmulWish {
  readonly target: Target;
  /** As `stepOfRows`. */
  readonly step: number | undefined;
  /** The right side is computed of codes. */
  readonly ofCodes?: boolean;
}

/**
 * One row walks k with all threads across; more rows are shared by threads that each hold a block in registers: by loops at first, where
 * the code is done before it.
 */
function matmulConfigs(
  sizes: ProductSizes,
  { target, step, ofCodes = false }: MatmulWish,
): Pick<NodePlan["family"], "configs" | "later" | "often"> {
  const { m, n, k, batch } = sizes;
  const all = (configs: Configs): Configs => withSplits(configs, sizes, target);
  if (m <= 4) {
    const [folded, others] = [foldedConfigs({ m, step, target }), rowConfigs(powerOfTwo(m))];
    const inOrder = ofCodes ? [...folded, ...others] : [...others, ...folded];
    return { configs: all(fitting(inOrder, target)) };
  }
  const [short, long, ...others] = fitting(blockConfigs(), target);
  if (short === undefined || long === undefined) return { configs: all(short === undefined ? [] : [short]) };
  const often = oftenOf(sizes, others);
  if (m * n * k * batch >= muchWork) return { configs: all([long, short, ...others]), often };
  return { configs: all([short, long, ...others]), later: long, often };
}

/** Products of numbers, all launches together, from which on seconds of compiling are soon made up for. */
const oftenWork = 2 ** 30;
const fewestRuns = 8;

/** As many results in a thread's registers as the product has rows and columns for. A training has no quiet moment for the tuner. */
function oftenOf({ m, n, k, batch }: ProductSizes, configs: Configs): Often | undefined {
  const columns = n >= 64 ? 64 : 32;
  const wanted = configs.find(
    ({ blocks, schedule }) =>
      schedule?.operands === "subgroup" &&
      schedule.threads === 4 &&
      blocks?.["m"] === 32 &&
      blocks["n"] === columns,
  );
  if (wanted === undefined || m < 32 || n < columns) return undefined;
  return { config: wanted, runs: Math.max(fewestRuns, Math.ceil(oftenWork / (m * n * k * batch))) };
}

function rowConfigs(m: number): Configs {
  return [
    config({ m, n: 128, k: 4 }, [16, 16, 16]),
    config({ m, n: 64, k: 4 }, [16, 16, 16]),
    config({ m, n: 64, k: 16 }, [16, 16, 64]),
    config({ m, n: 256, k: 4 }, [64, 64, 16]),
    config({ m, n: 256, k: 4 }, [16, 16, 16]),
    config({ m, n: 32, k: 4 }, [4, 4, 16]),
    config({ m, n: 64, k: 4 }, [4, 4, 64], "subgroup"),
  ];
}

/** Of a turned right side, which is read along k: by threads that have whole steps of their columns, or, on a card, that share them. */
function foldedConfigs({ m, step: k, target }: MatmulWish & { readonly m: number }): Configs {
  if (k === undefined) return [];
  const whole = [
    config({ m, n: 32, k, folded: 1 }, [4, 1, 16]),
    config({ m, n: 32, k, folded: 1 }, [16, 1, 16]),
    config({ m, n: 64, k, folded: 1 }, [64, 1, 16]),
  ];
  const shared = config({ m, n: 64, k, folded: 1 }, [64, 4, 16]);
  return target.processor === true ? [...whole, shared] : [shared, ...whole];
}

/** The first has short code, the second is for whom the first run takes long anyway. */
function blockConfigs(): Configs {
  return [
    byMatrix(config({ m: 32, n: 64, k: 4 }, [64, 16, 8])),
    byMatrix(config({ m: 16, n: 16, k: 4 }, [4, 4, 16], "subgroup")),
    byMatrix(config({ m: 16, n: 32, k: 4 }, [4, 4, 32], "subgroup")),
    byMatrix(config({ m: 32, n: 32, k: 4 }, [4, 4, 64], "subgroup")),
    byMatrix(config({ m: 32, n: 64, k: 4 }, [4, 4, 128], "subgroup")),
    byMatrix(config({ m: 64, n: 64, k: 4 }, [4, 4, 256], "subgroup")),
    byMatrix(config({ m: 32, n: 64, k: 4 }, [8, 8, 64], "subgroup")),
    config({ m: 16, n: 64, k: 4 }, [16, 16, 16]),
    config({ m: 32, n: 64, k: 4 }, [16, 16, 32]),
    config({ m: 64, n: 64, k: 4 }, [64, 8, 16]),
    config({ m: 64, n: 64, k: 16 }, [256, 16, 16]),
    config({ m: 32, n: 32, k: 16 }, [64, 8, 16], "workgroup"),
    config({ m: 64, n: 64, k: 16 }, [64, 8, 16], "workgroup"),
    config({ m: 64, n: 64, k: 16 }, [256, 16, 16], "workgroup"),
    readingAhead(config({ m: 64, n: 64, k: 4 }, [64, 8, 16])),
    readingAhead(config({ m: 64, n: 64, k: 16 }, [64, 8, 16], "workgroup")),
    readingAhead(config({ m: 64, n: 64, k: 16 }, [256, 16, 16], "workgroup")),
  ];
}
