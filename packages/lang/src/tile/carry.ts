import { Fault } from "@tilebook/base";
import { type DType, dtypeInfo, sameType, showType, type TileType, type ValueId } from "@tilebook/ir";
import type { Binding } from "../names.ts";
import type { SyntaxNode } from "../syntax.ts";
import type { Context } from "./context.ts";
import { dtypeOf, dtypeRank, naturalDType, withType } from "./convert.ts";
import { type Leaves, leavesOf, sameLeaf, withLeaves } from "./form.ts";
import type { Lowering } from "./lowering.ts";
import {
  describe,
  isNumeric,
  nothing,
  type NumericValue,
  shapeOf,
  type TileValue,
  type Value,
} from "./value.ts";

/**
 * A number that a loop carries or that two arms of a branch set: a variable, the offset of a pointer, an item of a list. It
 * has one type there, wide enough for all that it is: before, a narrower value is cast and repeated.
 */
interface Slot {
  /** Where it stands in its variable: see `leavesOf`. */
  readonly key: string;
  readonly type: TileType;
}

/** A variable that may change in a loop or a branch. What is no slot stays as it was. */
export interface Carrier {
  readonly binding: Binding;
  readonly before: Value;
  /** What it is made of: as before, or as an arm has made it when it was nothing before. */
  readonly form: Value;
  readonly slots: readonly Slot[];
  /** It may be nothing, and is zeros then: nobody looks. So are results of helpers that have not returned. */
  readonly fills: boolean;
}

/** Thrown to lower a loop or a branch again, with a carrier as it turned out to be needed. */
class Widen extends Error {
  readonly carrier: Carrier;
  constructor(carrier: Carrier) {
    super("lower it again");
    this.carrier = carrier;
  }
}

/** A carrier for a variable, of the form and the type it has now. Only in a branch may it have been nothing before. */
function carrierOf(lowering: Lowering, binding: Binding, node: SyntaxNode, inLoop: boolean): Carrier {
  const before = lowering.variables.get(binding) ?? nothing;
  const fills = lowering.frames.some((frame) => frame.kind === "function" && frame.result === binding);
  if (isUnset(before) && inLoop && !fills) {
    throw lowering.context.fault(
      "kernel/loop",
      node,
      `\`${binding.name}\` changes here, but it is ${describe(before)} before the loop`,
      "give it a first value of the type it is to have",
    );
  }
  return { binding, before, form: before, slots: firstSlots(before), fills };
}

/** Numbers and pointers are expected to change; parts of lists, records and views only when they are seen to. */
function firstSlots(value: Value): readonly Slot[] {
  const moves = isNumeric(value) || value.kind === "pointer";
  return moves ? slotsAt(leavesOf(value), () => true) : [];
}

function slotsAt(leaves: Leaves, chosen: (key: string, leaf: Value) => boolean): readonly Slot[] {
  return [...leaves].flatMap(([key, leaf]) =>
    isNumeric(leaf) && chosen(key, leaf)
      ? [{ key, type: { dtype: dtypeOf(leaf), shape: shapeOf(leaf) } }]
      : [],
  );
}

function isUnset(value: Value): boolean {
  return value.kind === "constant" && value.value === undefined;
}

/** The names of what is carried, for the IR. */
export function labelsOf(carriers: readonly Carrier[]): readonly string[] {
  return carriers.flatMap(({ binding, slots }) => slots.map(() => binding.name));
}

/** Gives the variables their changing parts. */
export function enter(lowering: Lowering, carriers: readonly Carrier[], ids: readonly ValueId[]): void {
  let next = 0;
  for (const { binding, form, slots } of carriers) {
    const parts = new Map(
      slots.map(({ key, type }): [string, TileValue] => [key, { kind: "tile", id: ids[next++] ?? -1, type }]),
    );
    if (!isUnset(form))
      lowering.variables.set(
        binding,
        withLeaves(form, (leaf, key) => parts.get(key) ?? leaf),
      );
  }
}

/** What the variables were before, in the types of their slots. */
export function starts(
  lowering: Lowering,
  carriers: readonly Carrier[],
  node: SyntaxNode,
): readonly ValueId[] {
  return carriers.flatMap((carrier) => partsOf(lowering, carrier, carrier.before, node));
}

/** What the variables are now, in the types of their slots. Throws Widen when there must be more or wider ones. */
export function yielded(
  lowering: Lowering,
  carriers: readonly Carrier[],
  node: SyntaxNode,
): readonly ValueId[] {
  return carriers.flatMap((carrier) =>
    partsOf(lowering, carrier, lowering.variables.get(carrier.binding) ?? nothing, node),
  );
}

function partsOf(lowering: Lowering, carrier: Carrier, value: Value, node: SyntaxNode): readonly ValueId[] {
  const { context } = lowering;
  const { form, slots, fills } = carrier;
  if (isUnset(value)) {
    if (!isUnset(form) && !fills) throw missing(context, carrier, node);
    const note = () => context.note({ node });
    return slots.map(({ type }) => context.builder.full(type.shape, 0, type.dtype, note()));
  }
  if (isUnset(form)) {
    // What an arm has made does not exist outside of it, so all of it is carried.
    const inner = slotsAt(leavesOf(value), (key, leaf) => key === "" || leaf.kind === "tile");
    throw new Widen({ ...carrier, form: value, slots: inner });
  }
  const leaves = leavesOf(value);
  requireForm(lowering, carrier, value, node);
  const moving = [...leavesOf(form)].filter(
    ([key, leaf]) => !slots.some((slot) => slot.key === key) && !sameLeaf(leaf, leaves.get(key)),
  );
  if (moving.length > 0) throw moreSlots(context, carrier, moving, { value, node });
  return slots.map((slot) => intoSlot(context, carrier, slot, { value: leaves.get(slot.key), node }));
}

function moreSlots(
  context: Context,
  carrier: Carrier,
  moving: readonly (readonly [string, Value])[],
  { value, node }: { readonly value: Value; readonly node: SyntaxNode },
): Error {
  const leaves = leavesOf(value);
  const odd = moving.find(([key, leaf]) => !isNumeric(leaf) || !isNumeric(leaves.get(key) ?? nothing));
  if (odd !== undefined) return fixed(context, carrier, [odd[1], leaves.get(odd[0])], node);
  const known = new Map(carrier.slots.map((slot) => [slot.key, slot]));
  const more = new Set(moving.map(([key]) => key));
  const all = slotsAt(leavesOf(carrier.form), (key) => known.has(key) || more.has(key));
  return new Widen({ ...carrier, slots: all.map((slot) => known.get(slot.key) ?? slot) });
}

function intoSlot(
  context: Context,
  carrier: Carrier,
  slot: Slot,
  { value, node }: { readonly value: Value | undefined; readonly node: SyntaxNode },
): ValueId {
  if (value === undefined || !isNumeric(value)) throw fixed(context, carrier, [typed(slot), value], node);
  const type = neededType(slot, value);
  if (type === undefined) throw misfit(context, carrier, slot, { value, node });
  if (!sameType(type, slot.type)) {
    const slots = carrier.slots.map((known) => (known.key === slot.key ? { ...slot, type } : known));
    throw new Widen({ ...carrier, slots });
  }
  if (value.kind === "tile" && sameType(value.type, slot.type)) return value.id;
  return withType(context, { value, node }, slot.type, { node }).id;
}

function typed({ type }: Slot): Value {
  return { kind: "tile", id: -1, type };
}

/** The type that holds both what the slot holds and `value`; undefined when no shape fits both. It only ever grows. */
function neededType({ type: { dtype, shape } }: Slot, value: NumericValue): TileType | undefined {
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

function requireForm({ context }: Lowering, carrier: Carrier, value: Value, node: SyntaxNode): void {
  const { binding, form } = carrier;
  const [wanted, seen] = [leavesOf(form), leavesOf(value)];
  if (wanted.size === seen.size && [...wanted.keys()].every((key) => seen.has(key))) return;
  const message = `\`${binding.name}\` is ${describe(form)}${into(form)} before this and becomes ${describe(value)}${into(value)} in it`;
  const pointer = value.kind === "pointer" || value.kind === "view";
  const hint = pointer
    ? "a pointer stays in its buffer; choose between loaded values with where"
    : "lists keep their length, and objects their fields";
  throw context.fault("kernel/changes-type", node, message, hint);
}

function into(value: Value): string {
  if (value.kind === "list") return ` of ${value.items.length}`;
  return value.kind === "pointer" ? ` in \`${value.name}\`` : "";
}

function fixed(
  context: Context,
  { binding }: Carrier,
  [from, to]: readonly [Value, Value | undefined],
  node: SyntaxNode,
): Error {
  return context.fault(
    "kernel/changes-type",
    node,
    `\`${binding.name}\` changes here from ${describe(from)} to ${describe(to ?? nothing)}, which must be known while compiling`,
    "only numbers, tiles and pointers, also in lists and objects, can change in a loop or a branch",
  );
}

function missing(context: Context, { binding }: Carrier, node: SyntaxNode): Error {
  return context.fault(
    "kernel/used-before",
    node,
    `\`${binding.name}\` gets a value on one way through this branch and none on the other`,
    "give it a value before, or in both arms",
  );
}

function misfit(
  context: Context,
  { binding }: Carrier,
  { type }: Slot,
  { value, node }: { readonly value: NumericValue; readonly node: SyntaxNode },
): Error {
  const seen = { dtype: dtypeOf(value), shape: shapeOf(value) };
  const [from, to] = [showType(type), showType(seen)];
  const start = `zeros([${seen.shape.join(", ")}], "${seen.dtype}")`;
  return context.fault(
    "kernel/changes-type",
    node,
    `\`${binding.name}\` is ${from} before this and becomes ${to} in it`,
    `start it as it goes on, for example with ${start}, or bring what is assigned to ${from}`,
  );
}

/** What is lowered with the carriers, and where: a loop, or a branch. */
export interface Carrying {
  readonly changes: readonly Binding[];
  readonly node: SyntaxNode;
  readonly inLoop: boolean;
}

type Attempt = (carriers: readonly Carrier[]) => void;

/**
 * Lowers with carriers for what changes, again and wider as often as needed, and undoes the attempts that failed. A start
 * such as 0 could be an i32 or an f32: when the first does not work, the second is tried. When neither does and somebody
 * can go on after faults, statement by statement, the first is what is gone on with.
 */
export function carrying(lowering: Lowering, { changes, node, inLoop }: Carrying, attempt: Attempt): void {
  const first = changes.map((binding) => carrierOf(lowering, binding, node, inLoop));
  const { recovery } = lowering;
  lowering.recovery = undefined;
  try {
    try {
      return eitherWay(lowering, first, attempt);
    } finally {
      lowering.recovery = recovery;
    }
  } catch (error) {
    if (recovery === undefined || !(error instanceof Fault)) throw error;
    widening(lowering, first, attempt);
  }
}

function eitherWay(lowering: Lowering, carriers: readonly Carrier[], attempt: Attempt): void {
  try {
    widening(lowering, carriers, attempt);
  } catch (fault) {
    const floats = carriers.map(asFloat);
    if (!(fault instanceof Fault) || floats.every((carrier, place) => carrier === carriers[place]))
      throw fault;
    try {
      widening(lowering, floats, attempt);
    } catch (second) {
      throw second instanceof Widen ? second : fault;
    }
  }
}

function asFloat(carrier: Carrier): Carrier {
  const { before, slots } = carrier;
  const start = before.kind === "constant" && typeof before.value === "number";
  const whole = slots.some(({ type }) => type.dtype === "i32");
  if (!start || !whole) return carrier;
  return { ...carrier, slots: slots.map((slot) => ({ ...slot, type: { ...slot.type, dtype: "f32" } })) };
}

/** A type grows a few times at most: through the dtypes, and from one element to many. */
const mostTries = 64;

function widening(lowering: Lowering, carriers: readonly Carrier[], attempt: Attempt): void {
  let current = carriers;
  for (let left = mostTries; left > 0; left--) {
    try {
      return lowering.context.attempt(() => lowering.variables.guard(() => attempt(current)));
    } catch (error) {
      if (!(error instanceof Widen)) throw error;
      const { carrier } = error;
      if (!current.some(({ binding }) => binding === carrier.binding)) throw error;
      current = current.map((known) => (known.binding === carrier.binding ? carrier : known));
    }
  }
  const { name, node } = current[0]?.binding ?? lowering.kernel;
  throw lowering.context.fault("kernel/changes-type", node, `\`${name}\` never settles on one type`);
}
