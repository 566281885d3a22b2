import { Fault } from "@tilebook/base";
import type { AtomicOp, LoadOp, StoreOp, TileOp, ValueId } from "@tilebook/ir";
import { columnLayout, type Layout, matrixLayout, sameLayout, tileLayout } from "../layout/layout.ts";
import type { Expr, Memory } from "../thread/ir.ts";
import { constantOf } from "../thread/simplify.ts";
import type { Context } from "./context.ts";
import { evaluate, fourAt } from "./evaluate.ts";
import { exprOf, type Lanes, laneOf } from "./lanes.ts";
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
      if (memory.type.width === 4) storeFour(context, op.pointer, memory, { offset, value, mask });
      else storeLanes(context, memory, { offset, value, mask, width: layout.width });
    });
  const first = firstHolder(context, layout);
  if (first === undefined) write();
  else emitter.branch(first, false, { whenTrue: write });
}

/**
 * Stores and loads of a buffer happen in the order of the program, whichever threads do them: where a buffer that
 * is written is touched more than once, its accesses are kept apart by barriers.
 */
export function orderAccess(context: Context, op: StoreOp | LoadOp | AtomicOp): void {
  const { facts, emitter } = context;
  if (facts.pointers.get(op.pointer)?.access === "read") return;
  const accesses = facts.ops.filter(
    (other): other is typeof op => isAccess(other) && other.pointer === op.pointer,
  );
  if (areOwn(context, op.pointer, accesses)) return;
  const inLoop = accesses.some((access) => facts.loopsAround(access) > 0);
  if (inLoop || accesses[0] !== op) emitter.storageBarrier();
}

/** Into a buffer of vectors: all four or none. */
function storeFour(
  context: Context,
  pointer: ValueId,
  memory: Memory,
  { offset, value, mask }: Pick<Stored, "offset" | "value" | "mask">,
): void {
  const { emitter } = context;
  const place = fourAt(context, offset);
  if (place === undefined || (mask !== undefined && mask.kind !== "same")) {
    context.wishes.narrow.add(pointer);
    return;
  }
  const write = (): void => emitter.set(memory, place, exprOf(emitter, value));
  if (mask === undefined) write();
  else underMask(context, mask.value, write);
}

function isAccess(op: TileOp): op is StoreOp | LoadOp | AtomicOp {
  return op.kind === "store" || op.kind === "load" || op.kind === "atomic";
}

/** True when every thread touches only what no other does: one place of a tile has one holder, for all of the accesses. */
function areOwn(
  context: Context,
  pointer: ValueId,
  accesses: readonly (StoreOp | LoadOp | AtomicOp)[],
): boolean {
  const name = context.facts.pointers.get(pointer)?.name;
  if (name === undefined || !context.apart.has(name)) return false;
  const layouts = accesses.map((access) => accessLayout(context, access));
  const [first] = layouts;
  return layouts.every(
    (layout) => first !== undefined && sameLayout(layout, first) && layout.threadColumns === layout.stride,
  );
}

/** How the elements of an access lie over threads. */
function accessLayout(context: Context, op: StoreOp | LoadOp | AtomicOp): Layout {
  const { shape } = context.facts.typeOf(op.offset);
  const owner = op.kind === "store" ? op.value : op.result;
  return context.rowValues.has(owner)
    ? columnLayout(context.threads, shape)
    : tileLayout(context.threads, shape);
}

interface Stored {
  readonly offset: Lanes;
  readonly value: Lanes;
  readonly mask: Lanes | undefined;
  readonly width: 1 | 4;
}

function storeLanes(context: Context, memory: Memory, stored: Stored): void {
  const { emitter } = context;
  const { mask, width } = stored;
  const lanes = [0, 1, 2, 3].slice(0, width);
  if (mask !== undefined && mask.kind !== "same") {
    for (const lane of lanes)
      underMask(context, laneOf(emitter, mask, lane), () => storeLane(context, memory, stored, lane));
    return;
  }
  const all = (): void => lanes.forEach((lane) => storeLane(context, memory, stored, lane));
  if (mask === undefined) all();
  else underMask(context, mask.value, all);
}

export function underMask(context: Context, mask: Expr, write: () => void): void {
  const known = constantOf(mask);
  if (known === undefined) context.emitter.branch(mask, false, { whenTrue: write });
  else if (known !== 0) write();
}

function storeLane(context: Context, memory: Memory, stored: Stored, lane: number): void {
  const { emitter } = context;
  emitter.set(memory, laneOf(emitter, stored.offset, lane), laneOf(emitter, stored.value, lane));
}

function storeLayout(context: Context, op: StoreOp): Layout {
  const { shape } = context.facts.typeOf(op.offset);
  if (shape.length === 0) return matrixLayout(context.threads, { shape, rows: 1, columns: 1 });
  const held = context.tiles.get(op.value);
  const name = context.facts.pointers.get(op.pointer)?.name ?? "";
  return held === undefined || context.apart.has(name) ? accessLayout(context, op) : held.layout;
}
