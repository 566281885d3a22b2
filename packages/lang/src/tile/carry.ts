import { Fault } from "@tilebook/base";
import { type DType, dtypeInfo, sameType, showType, type TileType, type ValueId } from "@tilebook/ir";
import type { Binding } from "../names.ts";
import type { SyntaxNode } from "../syntax.ts";
import type { Context } from "./context.ts";
import { dtypeOf, dtypeRank, naturalDType, withType } from "./convert.ts";
import type { Lowering } from "./lowering.ts";
import { describe, isNumeric, type NumericValue, shapeOf, type Value } from "./value.ts";

/**
 * A variable that a loop carries or that two arms of a branch set. It has one type there, wide enough for all that it
 * is: before, a narrower value is cast and repeated. A pointer is carried as its offset.
 */
export interface Slot {
  readonly binding: Binding;
  readonly type: TileType;
  /** What the variable was before. */
  readonly before: Value;
}

/** Thrown to lower a loop or a branch again, with slots of the types that it turned out to need. */
export class Widen extends Error {
  readonly slot: Slot;
  constructor(slot: Slot) {
    super("lower it again");
    this.slot = slot;
  }
}

/** A slot for a variable, of the type it has now. */
export function slotOf(lowering: Lowering, binding: Binding, node: SyntaxNode): Slot {
  const before = lowering.variables.get(binding);
  const number = before === undefined ? undefined : carriedNumber(before);
  if (before === undefined || number === undefined) {
    const what = before === undefined ? "nothing" : describe(before);
    throw lowering.context.fault(
      "kernel/loop",
      node,
      `\`${binding.name}\` changes here, but it is ${what}, which must be known while compiling`,
      "only numbers, tiles and pointers can change in a loop or a branch; give it a first value",
    );
  }
  return { binding, type: { dtype: dtypeOf(number), shape: shapeOf(number) }, before };
}

/** The value with `id` as its changing part: itself, or a pointer with that offset. */
export function inSlot(slot: Slot, id: ValueId): Value {
  const number: NumericValue = { kind: "tile", id, type: slot.type };
  return slot.before.kind === "pointer" ? { ...slot.before, offset: number } : number;
}

/** Brings a variable's value into its slot's type. Throws Widen when the slot must become wider first. */
export function intoSlot(lowering: Lowering, slot: Slot, value: Value, node: SyntaxNode): ValueId {
  const { context } = lowering;
  const number = carriedNumber(value);
  if (number === undefined || bufferOf(value) !== bufferOf(slot.before)) {
    const message = `\`${slot.binding.name}\` is ${describe(slot.before)}${into(slot.before)} before this and becomes ${describe(value)}${into(value)} in it`;
    const hint = "a pointer stays in its buffer; choose between loaded values with where";
    throw context.fault("kernel/changes-type", node, message, value.kind === "pointer" ? hint : undefined);
  }
  const type = neededType(slot, number);
  if (type === undefined) throw changes(context, slot, number, node);
  if (!sameType(type, slot.type)) throw new Widen({ ...slot, type });
  if (number.kind === "tile" && sameType(number.type, slot.type)) return number.id;
  return withType(context, { value: number, node }, slot.type, { node }).id;
}

/** The buffer a pointer stays in; -1 for what is no pointer. */
function bufferOf(value: Value): ValueId {
  return value.kind === "pointer" ? value.id : -1;
}

function into(value: Value): string {
  return value.kind === "pointer" ? ` in \`${value.name}\`` : "";
}

/** The type that holds both what the slot holds and `value`; undefined when no shape fits both. It only ever grows. */
function neededType(slot: Slot, value: NumericValue): TileType | undefined {
  const { dtype, shape } = slot.type;
  if (value.kind === "constant") return { shape, dtype: withConstant(dtype, value.value) };
  const grown = grownShape(shape, value.type.shape);
  const wider = dtypeRank[dtype] > dtypeRank[value.type.dtype] ? dtype : value.type.dtype;
  return grown === undefined ? undefined : { dtype: wider, shape: grown };
}

function grownShape(a: readonly number[], b: readonly number[]): readonly number[] | undefined {
  if (a.length === 0 || b.length === 0) return a.length === 0 ? b : a;
  const fits =
    a.length === b.length && a.every((size, axis) => size === b[axis] || size === 1 || b[axis] === 1);
  return fits ? a.map((size, axis) => Math.max(size, b[axis] ?? 1)) : undefined;
}

function withConstant(dtype: DType, value: number | boolean | string | undefined): DType {
  const { kind, round } = dtypeInfo[dtype];
  if (kind === "float" || typeof value === "boolean") return dtype;
  return round(Number(value)) === Number(value) && kind !== "bool" ? dtype : naturalDType(value);
}

function carriedNumber(value: Value): NumericValue | undefined {
  if (value.kind === "pointer") return value.offset;
  return isNumeric(value) ? value : undefined;
}

function changes(context: Context, slot: Slot, value: NumericValue, node: SyntaxNode): Error {
  const { name } = slot.binding;
  const seen = { dtype: dtypeOf(value), shape: shapeOf(value) };
  const [from, to] = [showType(slot.type), showType(seen)];
  const start = `zeros([${seen.shape.join(", ")}], "${seen.dtype}")`;
  return context.fault(
    "kernel/changes-type",
    node,
    `\`${name}\` is ${from} before this and becomes ${to} in it`,
    `start it as it goes on, for example with ${start}, or bring what is assigned to ${from}`,
  );
}

/**
 * Lowers with slots, again and wider as often as needed, and undoes the attempts that failed. A start such as 0 could
 * be an i32 or an f32: when the first does not work, the second is tried.
 */
export function withSlots<T>(
  lowering: Lowering,
  slots: readonly Slot[],
  attempt: (slots: readonly Slot[]) => T,
): T {
  try {
    return widening(lowering, slots, attempt);
  } catch (fault) {
    const floats = slots.map(asFloat);
    if (!(fault instanceof Fault) || floats.every((slot, place) => slot === slots[place])) throw fault;
    try {
      return widening(lowering, floats, attempt);
    } catch (second) {
      throw second instanceof Widen ? second : fault;
    }
  }
}

function asFloat(slot: Slot): Slot {
  const start = slot.before.kind === "constant" && typeof slot.before.value === "number";
  return start && slot.type.dtype === "i32" ? { ...slot, type: { ...slot.type, dtype: "f32" } } : slot;
}

function widening<T>(lowering: Lowering, slots: readonly Slot[], attempt: (slots: readonly Slot[]) => T): T {
  let current = slots;
  for (let left = 2 + 2 * slots.length; left > 0; left--) {
    try {
      return lowering.variables.guard(() => attempt(current));
    } catch (error) {
      if (!(error instanceof Widen)) throw error;
      const { slot } = error;
      if (!current.some((known) => known.binding === slot.binding)) throw error;
      current = current.map((known) => (known.binding === slot.binding ? slot : known));
    }
  }
  const { name, node } = current[0]?.binding ?? lowering.kernel;
  throw lowering.context.fault("kernel/changes-type", node, `\`${name}\` never settles on one type`);
}
