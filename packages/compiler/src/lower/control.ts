import {
  type Carried,
  type ForOp,
  type IfOp,
  type Joined,
  operandsOf,
  type TileOp,
  type ValueId,
} from "@tilebook/ir";
import { computedAs, type Expr, type Memory } from "../thread/ir.ts";
import { allocate, type Context, layoutOf, now, scalarOf, type Tile } from "./context.ts";
import { publish } from "./registers.ts";
import { writeTile } from "./materialise.ts";

type LowerBlock = (block: readonly TileOp[]) => void;

/** Where a loop or an if keeps a value that changes. */
interface Slot {
  readonly memory: Memory;
  readonly layout?: Tile["layout"];
}

/** A loop over tiles. Carried tiles stay in the same registers from turn to turn. */
export function lowerFor(context: Context, op: ForOp, lowerBlock: LowerBlock): void {
  const { emitter } = context;
  const from = emitter.agree(scalarOf(context, op.lower), context.thread);
  const to = emitter.agree(scalarOf(context, op.upper), context.thread);
  for (const item of op.carried) if (item.type.shape.length === 0) noteDivergence(context, item, item.init);
  const slots = op.carried.map((item) => openSlot(context, item.result, item.init, item));
  emitter.span = op.span;
  emitter.loop({ from, to, step: op.step, label: op.indexLabel ?? "i" }, (index) => {
    context.scalars.set(op.index, index);
    op.carried.forEach((item, place) =>
      bindSlot(context, item.argument, slots[place], isAgreed(context, item)),
    );
    if (op.while !== undefined)
      emitter.leaveUnless(emitter.agree(scalarOf(context, op.while), context.thread));
    lowerBlock(op.body);
    handOver(context, op, slots);
  });
  op.carried.forEach((item, place) => bindSlot(context, item.result, slots[place], isAgreed(context, item)));
}

/** A branch that the whole program takes. */
export function lowerIf(context: Context, op: IfOp, lowerBlock: LowerBlock): void {
  const { emitter } = context;
  const condition = emitter.agree(scalarOf(context, op.condition), context.thread);
  const slots = op.joined.map((item) => openSlot(context, item.result, undefined, item));
  const arm = (block: readonly TileOp[], pick: (item: Joined) => ValueId): void => {
    lowerBlock(block);
    op.joined.forEach((item, place) => fill(context, slots[place], pick(item)));
  };
  emitter.span = op.span;
  emitter.branch(condition, true, {
    whenTrue: () => arm(op.whenTrue, (item) => item.whenTrue),
    whenFalse: () => arm(op.whenFalse, (item) => item.whenFalse),
  });
  op.joined.forEach((item, place) => bindSlot(context, item.result, slots[place], false));
}

function isAgreed(context: Context, item: Carried): boolean {
  return !context.granted.divergent.has(item.argument);
}

function openSlot(
  context: Context,
  value: ValueId,
  init: ValueId | undefined,
  item: Pick<Carried, "type" | "label">,
): Slot {
  const { emitter } = context;
  const label = item.label ?? "kept";
  const slot: Slot =
    item.type.shape.length === 0
      ? {
          memory: emitter.declare({
            name: label,
            space: "function",
            type: { scalar: computedAs[item.type.dtype], width: 1 },
            length: 0,
          }),
        }
      : openTile(context, value, item, label);
  if (init !== undefined) fill(context, slot, init);
  return slot;
}

function openTile(context: Context, value: ValueId, item: Pick<Carried, "type">, label: string): Slot {
  const layout = layoutOf(context, value, item.type);
  return { memory: allocate(context, item.type, layout, label), layout };
}

function fill(context: Context, slot: Slot | undefined, value: ValueId): void {
  if (slot === undefined) return;
  if (slot.layout === undefined) context.emitter.set(slot.memory, undefined, scalarOf(context, value));
  else writeTile(context, value, { memory: slot.memory, layout: slot.layout });
}

/** From here on `value` is what the slot holds. */
function bindSlot(context: Context, value: ValueId, slot: Slot | undefined, uniform: boolean): void {
  if (slot === undefined) return;
  const { memory, layout } = slot;
  if (layout !== undefined) {
    publish(context, value, { memory, layout });
    return;
  }
  const { emitter } = context;
  emitter.hint = memory.name.replace(/_\d+$/, "");
  const read = emitter.read(memory, undefined, now(context));
  emitter.hint = "v";
  if (uniform) emitter.assumeUniform(read);
  context.scalars.set(value, read);
}

/**
 * Ends a turn: the carried slots get their next values. A slot may be written only when no value still to be
 * computed reads what it holds; where that is impossible the next values are computed aside first.
 */
function handOver(context: Context, op: ForOp, slots: readonly Slot[]): void {
  const scalars: (readonly [Slot, Expr])[] = [];
  let waiting = op.carried.flatMap((item, place) => {
    const slot = slots[place];
    if (slot === undefined) return [];
    if (slot.layout !== undefined) return item.yield === item.argument ? [] : [{ item, slot }];
    scalars.push([slot, nextScalar(context, item)]);
    return [];
  });
  const aside: (readonly [Slot, ValueId, Tile["memory"]])[] = [];
  while (waiting.length > 0) {
    const next = waiting.find(({ item }) => mayOverwrite(context, item, waiting));
    const chosen = next ?? waiting[0];
    if (chosen === undefined) break;
    if (next !== undefined) fill(context, next.slot, next.item.yield);
    else aside.push(computeAside(context, chosen));
    waiting = waiting.filter((entry) => entry !== chosen);
  }
  for (const [slot, value, memory] of aside) {
    if (slot.layout === undefined) continue;
    context.tiles.set(value, { memory, layout: slot.layout, since: now(context) });
    writeTile(context, value, { memory: slot.memory, layout: slot.layout });
    context.tiles.delete(value);
  }
  for (const [slot, value] of scalars) context.emitter.set(slot.memory, undefined, value);
}

function nextScalar(context: Context, item: Carried): Expr {
  noteDivergence(context, item, item.yield);
  return scalarOf(context, item.yield);
}

function noteDivergence(context: Context, item: Carried, value: ValueId): void {
  if (!context.emitter.isUniform(scalarOf(context, value))) context.wishes.divergent.add(item.argument);
}

function computeAside(
  context: Context,
  entry: { readonly item: Carried; readonly slot: Slot },
): readonly [Slot, ValueId, Memory] {
  const { item, slot } = entry;
  const layout = slot.layout ?? layoutOf(context, item.result, item.type);
  const memory = allocate(context, item.type, layout, "next");
  writeTile(context, item.yield, { memory, layout });
  return [slot, item.yield, memory];
}

function mayOverwrite(
  context: Context,
  item: Carried,
  waiting: readonly { readonly item: Carried }[],
): boolean {
  const others = waiting.filter((entry) => entry.item !== item);
  if (others.some((entry) => reads(context, entry.item.yield, item.argument, "anywhere"))) return false;
  return !reads(context, item.yield, item.argument, "elsewhere");
}

/**
 * True when computing `value` lazily reads the tile `held`: anywhere at all, or elsewhere than at the very element
 * that is being computed.
 */
function reads(context: Context, value: ValueId, held: ValueId, where: "anywhere" | "elsewhere"): boolean {
  if (value === held) return where === "anywhere";
  const sum = context.kept.sums.get(value);
  if (context.tiles.has(value)) return false;
  const op = context.facts.definitions.get(value);
  if (op === undefined || op.type.shape.length === 0) return false;
  const elementwise =
    op.kind === "unary" || op.kind === "binary" || op.kind === "select" || op.kind === "cast";
  return operandsOf(op).some((operand) => {
    const inside = elementwise && operand !== sum?.result ? where : "anywhere";
    if (context.facts.pointers.has(operand)) return false;
    return reads(context, operand, held, inside);
  });
}
