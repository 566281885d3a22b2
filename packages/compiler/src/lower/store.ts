import { Fault } from "@tilebook/base";
import type { LoadOp, StoreOp, TileOp } from "@tilebook/ir";
import { columnLayout, type Layout, matrixLayout, tileLayout } from "../layout/layout.ts";
import type { Memory } from "../thread/ir.ts";
import { constantOf } from "../thread/simplify.ts";
import type { Context } from "./context.ts";
import { evaluate } from "./evaluate.ts";
import { type Lanes, laneOf } from "./lanes.ts";
import { forRegisters } from "./registers.ts";
import { firstHolder, registerSite } from "./site.ts";

/** Every element is stored once, by the first thread that holds it. */
export function lowerStore(context: Context, op: StoreOp): void {
  const { emitter } = context;
  const memory = context.buffers.get(op.pointer);
  if (memory === undefined)
    throw new Fault("internal/pointer", `%${op.pointer} is no buffer`, { span: op.span });
  orderAccess(context, op);
  const layout = storeLayout(context, op);
  const write = (): void =>
    forRegisters(context, layout, (row, chunk) => {
      const place = registerSite(context, layout, row, chunk);
      const offset = evaluate(context, op.offset, place);
      const value = evaluate(context, op.value, place);
      const mask = op.mask === undefined ? undefined : evaluate(context, op.mask, place);
      emitter.span = op.span;
      for (let lane = 0; lane < layout.width; lane++)
        storeLane(context, memory, { offset, value, mask, lane });
    });
  const first = firstHolder(context, layout);
  if (first === undefined) write();
  else emitter.branch(first, false, { whenTrue: write });
}

/**
 * Stores and loads of a buffer happen in the order of the program, whichever threads do them: where a buffer that
 * is written is touched more than once, its accesses are kept apart by barriers.
 */
export function orderAccess(context: Context, op: StoreOp | LoadOp): void {
  const { facts, emitter } = context;
  if (facts.pointers.get(op.pointer)?.access === "read") return;
  const touches = (other: TileOp): boolean =>
    (other.kind === "store" || other.kind === "load") && other.pointer === op.pointer;
  const accesses = facts.ops.filter(touches);
  const inLoop = accesses.some((access) => facts.loopsAround(access) > 0);
  if (inLoop || accesses[0] !== op) emitter.storageBarrier();
}

function storeLane(
  context: Context,
  memory: Memory,
  at: {
    readonly offset: Lanes;
    readonly value: Lanes;
    readonly mask: Lanes | undefined;
    readonly lane: number;
  },
): void {
  const { emitter } = context;
  const index = laneOf(emitter, at.offset, at.lane);
  const value = laneOf(emitter, at.value, at.lane);
  const write = (): void => emitter.set(memory, index, value);
  const mask = at.mask === undefined ? undefined : laneOf(emitter, at.mask, at.lane);
  const known = mask === undefined ? 1 : constantOf(mask);
  if (known === 1 || mask === undefined) write();
  else if (known !== 0) emitter.branch(mask, false, { whenTrue: write });
}

function storeLayout(context: Context, op: StoreOp): Layout {
  const { shape } = context.facts.typeOf(op.offset);
  if (shape.length === 0) return matrixLayout(context.threads, { shape, rows: 1, columns: 1 });
  const held = context.tiles.get(op.value);
  if (held !== undefined) return held.layout;
  return context.rowValues.has(op.value)
    ? columnLayout(context.threads, shape)
    : tileLayout(context.threads, shape);
}
