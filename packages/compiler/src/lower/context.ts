import type { TileOp, TileType, ValueId } from "@tilebook/ir";
import { Fault } from "@tilebook/base";
import type { Facts } from "../layout/facts.ts";
import type { Kept } from "../layout/keep.ts";
import { columnLayout, type Layout, type Threads, tileLayout } from "../layout/layout.ts";
import type { Schedule } from "../program.ts";
import { computedAs, type Expr, type Memory } from "../thread/ir.ts";
import type { Emitter, Moment } from "./emitter.ts";

/** A tile in registers. */
export interface Tile {
  readonly memory: Memory;
  readonly layout: Layout;
  readonly since: Moment;
  /** A copy in workgroup memory, in row-major order, that any thread may read. */
  readonly shared?: { readonly memory: Memory; readonly since: Moment };
}

/**
 * What one lowering finds out only while it runs. When it wishes for more than it was given, it runs again with
 * its wishes granted; wishes only grow, so that ends.
 */
export interface Wishes {
  /** Tiles that some thread reads without holding them: they need a copy in workgroup memory. */
  readonly shared: Set<ValueId>;
  /** Loop-carried scalars that WGSL will not see to be uniform. */
  readonly divergent: Set<ValueId>;
  /** Buffers that are not always read and written four elements at a time: their elements are single numbers. */
  readonly narrow: Set<ValueId>;
  /** Products of packed whole numbers whose fours along k are not always whole words: numbers are multiplied one by one. */
  readonly bytewise: Set<ValueId>;
}

export interface Context {
  readonly emitter: Emitter;
  readonly facts: Facts;
  readonly kept: Kept;
  readonly threads: Threads;
  readonly schedule: Schedule;
  /** Threads of a subgroup, when operands are to be handed on through it; else 0. */
  readonly subgroup: number;
  /** Threads of a subgroup, when the workgroup fills its subgroups; else 1. */
  readonly near: number;
  /** Four bytes of a word can be multiplied with four others at once. */
  readonly packedDot: boolean;
  /** Names of buffers whose elements belong to one place of the tiles they are accessed by. */
  readonly apart: ReadonlySet<string>;
  readonly rowValues: ReadonlySet<ValueId>;
  readonly granted: Wishes;
  readonly wishes: Wishes;
  /** The thread's number in its workgroup, i32. */
  readonly thread: Expr;
  readonly buffers: ReadonlyMap<ValueId, Memory>;
  readonly tiles: Map<ValueId, Tile>;
  readonly scalars: Map<ValueId, Expr>;
  readonly count: { versions: number };
  /** The number of each print and assert. */
  readonly sites: ReadonlyMap<TileOp, number>;
  /** Counts the prints and asserts that a program has come to. None when that is the number of the site. */
  readonly moments: Memory | undefined;
}

/** Now: what is read since this moment may move out to the block being written, and no further. */
export function now(context: Context): Moment {
  context.count.versions += 1;
  return { depth: context.emitter.depth, version: context.count.versions };
}

/** How a kept value of this id and type lies in registers. */
export function layoutOf(context: Context, value: ValueId, type: TileType): Layout {
  const tile = context.tiles.get(value);
  if (tile !== undefined) return tile.layout;
  return context.rowValues.has(value)
    ? columnLayout(context.threads, type.shape)
    : tileLayout(context.threads, type.shape);
}

/** Registers for a tile of this type. */
export function allocate(context: Context, type: TileType, layout: Layout, label: string): Memory {
  return context.emitter.declare({
    name: label,
    space: "function",
    type: { scalar: computedAs[type.dtype], width: layout.width },
    length: layout.registerRows * layout.chunks,
    ...(context.emitter.span === undefined ? {} : { span: context.emitter.span }),
  });
}

export function scalarOf(context: Context, value: ValueId): Expr {
  const scalar = context.scalars.get(value);
  if (scalar === undefined) throw new Fault("internal/scalar", `%${value} has not been computed`);
  return scalar;
}

export function log2(value: number): number {
  return Math.round(Math.log2(value));
}
