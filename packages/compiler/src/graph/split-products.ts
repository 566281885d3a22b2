import { type DType, TileBuilder, type TileKernel } from "@tilebook/ir";
import type { Config, Fills, Target } from "../program.ts";
import type { Planned } from "./choice.ts";
import { type MatmulBlock, nameOf, type ProductLook } from "./products.ts";
import { blockAt } from "./rows.ts";
import { maySplit, powerOfTwoBelow } from "./split-where.ts";

export interface ProductSizes {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly batch: number;
}

/** Results that a program of the second launch adds up. */
const finishBlock = 256;

/** The kernel that makes parts, and what its scalars get behind those of the sizes. */
export interface PartsKernel {
  readonly kernel: TileKernel;
  readonly scalars: readonly number[];
  readonly fills?: Fills;
}

/**
 * A product in two launches: every program goes along one part of k only, then programs add up the parts of each result, in their
 * order. The parts are as many results as the product has, one after the other, in f32.
 */
export function splitMatmul(
  of: {
    readonly out: DType;
    readonly node: ProductLook;
    /** The first kernel, which writes parts. */
    readonly make: (block: MatmulBlock) => PartsKernel;
  },
  { m, n, k, batch }: ProductSizes,
  { parts, ...block }: MatmulBlock & { readonly parts: number },
): Planned {
  const span = Math.ceil(k / (parts * block.k)) * block.k;
  const results = batch * m * n;
  const { kernel, scalars, fills } = of.make(block);
  const sizes = [m, n, k, batch, span];
  return {
    tile: kernel,
    grid: [Math.ceil(n / block.n), Math.ceil(m / block.m), batch * parts],
    scalars: [...sizes, ...scalars],
    fills: fills && [...sizes.map(() => undefined), ...fills],
    finish: {
      parts: { dtype: "f32", shape: [parts, results] },
      tile: addUp(of.out, of.node),
      grid: [Math.ceil(results / finishBlock), 1, 1],
      scalars: [parts, results],
    },
  };
}

function addUp(out: DType, node: ProductLook): TileKernel {
  const { span } = node;
  const note = span === undefined ? {} : { span };
  const b = new TileBuilder(`${nameOf(node)}_finish`, span);
  const [given, result] = [b.pointer("parts", "f32"), b.pointer("out", out)];
  const [length, results] = [b.scalar("length", "i32"), b.scalar("results", "i32")];
  const at = blockAt(b, b.programId(0, note), finishBlock, note);
  const mask = b.binary("lt", at, b.broadcast(results, [finishBlock], note), note);
  const [total = -1] = b.forLoop(
    { lower: b.const(0, "i32", note), upper: length, indexLabel: "part", span },
    [{ init: b.full([finishBlock], 0, "f32", note), label: "sum" }],
    (part, [sum = -1]) => {
      const from = b.broadcast(b.binary("mul", part, results, note), [finishBlock], note);
      const offset = b.binary("add", from, at, note);
      return [b.binary("add", sum, b.load({ pointer: given, offset, mask }, note), note)];
    },
  );
  const value = out === "f32" ? total : b.cast(total, out, note);
  b.store({ pointer: result, offset: at, value, mask }, note);
  return b.finish();
}

/** With more blocks of results than this every device has enough to do. */
const [mostBlocks, mostBlocksOfProcessor] = [64, 8];
/** From here on a graphics card begins with a split product. */
const [fewBlocks, longInner] = [32, 2048];
/** Programs that keep a device busy. */
const [busyPrograms, busyProcessor] = [128, 16];
const [fewestParts, mostParts] = [4, 16];
/** Elements of k that a part has at least. */
const shortestPart = 256;
/** The buffer between both launches. */
const [mostBytes, mostBytesOfProcessor] = [2 ** 20, 2 ** 16];

/** These configs, and some of them with k in parts where there are few blocks of results: first where a card needs that. */
export function withSplits(
  configs: readonly Config[],
  sizes: ProductSizes,
  target: Target,
): readonly Config[] {
  if (!maySplit(target)) return configs;
  const split = configs.slice(0, 2).flatMap((config) => inParts(config, sizes, target));
  const [first, ...others] = split;
  const isFirst =
    target.processor !== true && sizes.k >= longInner && blocksOf(configs[0] ?? {}, sizes) < fewBlocks;
  return first === undefined || !isFirst ? [...configs, ...split] : [first, ...configs, ...others];
}

/** A config with k in the fewest parts that keep the device busy, and in twice as many. */
function inParts(config: Config, sizes: ProductSizes, target: Target): readonly Config[] {
  const { m, n, k, batch } = sizes;
  const isProcessor = target.processor === true;
  const blocks = blocksOf(config, sizes);
  if (blocks === 0 || blocks > (isProcessor ? mostBlocksOfProcessor : mostBlocks)) return [];
  const bytes = isProcessor ? mostBytesOfProcessor : mostBytes;
  const most = powerOfTwoBelow(Math.min(mostParts, k / shortestPart, bytes / (4 * m * n * batch)));
  const enough = 2 ** Math.ceil(Math.log2((isProcessor ? busyProcessor : busyPrograms) / blocks));
  const wanted = Math.min(most, Math.max(fewestParts, enough));
  return [wanted, wanted * 2]
    .filter((parts) => parts >= fewestParts && parts <= most)
    .map((parts) => ({ ...config, blocks: { ...config.blocks, parts } }));
}

/** Whether it may be one that is faster in two launches, of which the second has only to add up. */
export function isOftenSplit({ m, n, k, batch }: ProductSizes, target: Target): boolean {
  return maySplit(target) && k >= fewestParts * shortestPart && 4 * m * n * batch * fewestParts <= mostBytes;
}

/** Of results, each made by one program. */
function blocksOf({ blocks }: Config, { m, n, batch }: ProductSizes): number {
  return Math.ceil(m / (blocks?.["m"] ?? m)) * Math.ceil(n / (blocks?.["n"] ?? n)) * batch;
}
