import {
  type AtomicOp,
  type Carried,
  castValue,
  type ConstOp,
  dtypeInfo,
  type FoldOp,
  type ForOp,
  type IfOp,
  isValueOp,
  type ReduceOp,
  type ScanOp,
  sizeOf,
  type TileOp,
  type TileValueOp,
  type ValueId,
} from "@tilebook/ir";
import type { Definitions } from "./definitions.ts";
import {
  binaryKnown,
  differenceBounds,
  isNumber,
  type Known,
  leastOf,
  named,
  numberKnown,
  sameKnown,
  unaryKnown,
} from "./known.ts";

/** What is taken to hold in a turn. */
export interface Supposed {
  /** A bool that is false everywhere. */
  readonly isFalse: ValueId;
  /** A number that no element of these carried values is below. */
  readonly atLeast?: ReadonlyMap<ValueId, number>;
}

/** What a turn does beside computing: an op that acts, or a carried value that may come out other than it went in. */
export type Stir =
  | { readonly kind: "acts"; readonly op: TileOp }
  | { readonly kind: "changes"; readonly item: Carried };

/**
 * What a turn of the loop in which that holds does, if anything: undefined when it writes and says nothing, and each carried value
 * comes out as it went in. Where something in the turn is NaN it may change that.
 */
export function stirOf(loop: ForOp, supposed: Supposed, definitions: Definitions): Stir | undefined {
  return new Turn(supposed, definitions).stirOf(loop);
}

/** The greatest number that is known to be below no element of the value. */
export function leastKnown(value: ValueId, definitions: Definitions): number {
  const source = definitions.spreadFrom(value);
  const item = definitions.carriedAs(source);
  const op = definitions.madeBy(source);
  if (op?.kind === "const") return leastOf(constantKnown(op));
  if (item === undefined) return -Infinity;
  const next = definitions.madeBy(item.yield);
  const grows =
    next?.kind === "binary" && next.op === "max" && [next.left, next.right].includes(item.argument);
  return grows || item.yield === item.argument ? leastKnown(item.init, definitions) : -Infinity;
}

/** As its dtype holds it: in f16 large numbers are infinite. */
function constantKnown({ value, type }: ConstOp): Known {
  return numberKnown(dtypeInfo[type.dtype].round(value));
}

/** Goes through the ops of a turn, and finds what is known of each value. */
class Turn {
  readonly #supposed: Supposed;
  readonly #definitions: Definitions;
  readonly #known = new Map<ValueId, Known>();
  /** The first value that has the elements of another in certain other places. */
  readonly #moved = new Map<string, ValueId>();
  /** The first op that does something beside giving a value. */
  #acting: TileOp | undefined;

  constructor(supposed: Supposed, definitions: Definitions) {
    this.#supposed = supposed;
    this.#definitions = definitions;
  }

  stirOf(loop: ForOp): Stir | undefined {
    for (const { argument } of loop.carried) this.#known.set(argument, this.#unknown(argument));
    this.#block(loop.body);
    if (this.#acting !== undefined) return { kind: "acts", op: this.#acting };
    const item = loop.carried.find((one) => !sameKnown(this.#of(one.yield), this.#of(one.argument)));
    return item === undefined ? undefined : { kind: "changes", item };
  }

  /** Of a value whose elements may be anything, but for what is supposed or what they began with. */
  #unknown(value: ValueId): Known {
    const { atLeast } = this.#supposed;
    return named(value, atLeast?.get(value) ?? leastKnown(value, this.#definitions));
  }

  #of(value: ValueId): Known {
    const known = this.#known.get(value) ?? this.#outside(value);
    this.#known.set(value, known);
    return known;
  }

  /** Numbers that were made before the loop are numbers in it. */
  #outside(value: ValueId): Known {
    const op = this.#definitions.madeBy(this.#definitions.spreadFrom(value));
    return op?.kind === "const" ? constantKnown(op) : this.#unknown(value);
  }

  #block(block: readonly TileOp[]): void {
    for (const op of block) this.#op(op);
  }

  #op(op: TileOp): void {
    if (op.kind === "atomic") this.#atomic(op);
    else if (isValueOp(op)) this.#known.set(op.result, this.#value(op));
    else if (op.kind === "fold" || op.kind === "scan") this.#combine(op);
    else if (op.kind === "if") this.#branch(op);
    else if (op.kind === "for") this.#loop(op);
    else if (op.kind !== "store" || !this.#isMasked(op)) this.#acting ??= op;
  }

  /** Whether it does nothing anywhere. */
  #isMasked({ mask }: { readonly mask?: ValueId }): boolean {
    return mask !== undefined && isNumber(this.#of(mask), 0);
  }

  #atomic(op: AtomicOp): void {
    const masked = this.#isMasked(op);
    if (!masked) this.#acting ??= op;
    this.#known.set(op.result, masked ? numberKnown(0) : named(op.result));
  }

  #value(op: Exclude<TileValueOp, AtomicOp>): Known {
    if (op.result === this.#supposed.isFalse) return numberKnown(0);
    return this.#computed(op) ?? named(op.result, ...this.#bounds(op));
  }

  #computed(op: Exclude<TileValueOp, AtomicOp>): Known | undefined {
    switch (op.kind) {
      case "const":
        return constantKnown(op);
      case "unary":
        return unaryKnown(op.op, op.type.dtype, this.#of(op.input));
      case "binary":
        return binaryKnown(op.op, op.type.dtype, [this.#of(op.left), this.#of(op.right)]);
      case "select":
        return this.#chosen(this.#of(op.condition), [this.#of(op.yes), this.#of(op.no)]);
      case "load":
        return this.#loaded(op.mask, op.other);
      case "dot":
        return [this.#of(op.left), this.#of(op.right)].find((known) => isNumber(known, 0));
      case "reduce":
        return this.#reduced(op);
      case "join":
        return this.#chosen(named(op.result), [this.#of(op.left), this.#of(op.right)], true);
      case "broadcast":
      case "reshape":
      case "transpose":
      case "pick":
      case "gather":
        return this.#spread(op, this.#of(op.input));
      case "cast":
        return this.#cast(op, this.#of(op.input));
      case "bitcast":
      case "argsort":
      case "arange":
      case "programId":
      case "numPrograms":
        return undefined;
    }
  }

  /** One of two; where it cannot be told which, what both are. Of numbers alone when they stand elsewhere in the result. */
  #chosen(condition: Known, [yes, no]: readonly [Known, Known], numbers = false): Known | undefined {
    if (condition.kind === "number") return condition.value === 0 ? no : yes;
    return sameKnown(yes, no) && !(numbers && yes.kind === "named") ? yes : undefined;
  }

  #loaded(mask: ValueId | undefined, other: ValueId | undefined): Known | undefined {
    if (mask === undefined || !isNumber(this.#of(mask), 0)) return undefined;
    return other === undefined ? numberKnown(0) : this.#of(other);
  }

  #reduced({ op, input, type }: ReduceOp): Known | undefined {
    const known = this.#of(input);
    if (known.kind !== "number") return undefined;
    if (op === "argmax" || op === "argmin") return numberKnown(0);
    if (op === "max" || op === "min" || known.value === 0) return known;
    const count = sizeOf(this.#definitions.typeOf(input)?.shape ?? []) / Math.max(1, sizeOf(type.shape));
    if (op === "prod") return known.value === 1 ? known : undefined;
    const whole = dtypeInfo[type.dtype].kind === "integer";
    return whole ? undefined : numberKnown(dtypeInfo[type.dtype].round(known.value * count));
  }

  /**
   * The same elements in other places: numbers stay, and so does all where every element stays in its place. What is moved alike of
   * the same value is the same.
   */
  #spread(op: TileValueOp & { readonly input: ValueId }, known: Known): Known | undefined {
    if (known.kind === "number") return known;
    const from = this.#definitions.typeOf(op.input)?.shape ?? [];
    if (op.kind === "broadcast" && String(from) === String(op.type.shape)) return known;
    if (op.kind !== "broadcast" && op.kind !== "reshape" && op.kind !== "transpose") return undefined;
    const order = op.kind === "transpose" ? op.order : [];
    const key = [op.kind, known.name, from, op.type.shape, order].join(";");
    const name = this.#moved.get(key) ?? op.result;
    this.#moved.set(key, name);
    return named(name, known.least, known.most);
  }

  #cast(op: Extract<TileValueOp, { kind: "cast" }>, known: Known): Known | undefined {
    const from = this.#definitions.typeOf(op.input)?.dtype;
    const to = op.type.dtype;
    if (from === to) return known;
    if (known.kind !== "number" || from === undefined) return undefined;
    return numberKnown(dtypeInfo[to].round(castValue(known.value, from, to)));
  }

  /** Between which numbers lies what is not known. */
  #bounds(op: Exclude<TileValueOp, AtomicOp>): readonly [number, number] | readonly [] {
    if (op.kind !== "binary" || dtypeInfo[op.type.dtype].kind !== "float") return [];
    const [left, right] = [this.#of(op.left), this.#of(op.right)];
    if (op.op === "sub") return differenceBounds(left, right);
    return op.op === "max" ? [Math.max(leastOf(left), leastOf(right)), Infinity] : [];
  }

  /** What combines equal numbers to the same number does so for any count of them. */
  #combine(op: FoldOp | ScanOp): void {
    const inputs = op.inputs.map((input) => this.#of(input));
    const numbers = inputs.every(({ kind }) => kind === "number");
    inputs.forEach((known, at) => {
      for (const side of [op.combine.left[at], op.combine.right[at]])
        if (side !== undefined) this.#known.set(side, numbers ? known : named(side));
    });
    this.#block(op.combine.body);
    const stays =
      numbers &&
      op.combine.yields.every((value, at) => sameKnown(this.#of(value), inputs[at] ?? named(value)));
    op.results.forEach(({ result }, at) =>
      this.#known.set(result, (stays ? inputs[at] : undefined) ?? named(result)),
    );
  }

  #branch(op: IfOp): void {
    const condition = this.#of(op.condition);
    const taken = condition.kind === "number" ? condition.value !== 0 : undefined;
    if (taken !== false) this.#block(op.whenTrue);
    if (taken !== true) this.#block(op.whenFalse);
    for (const { whenTrue, whenFalse, result } of op.joined) {
      const [yes, no] = [taken === false ? whenFalse : whenTrue, taken === true ? whenTrue : whenFalse];
      const same = sameKnown(this.#of(yes), this.#of(no));
      this.#known.set(result, same ? this.#of(yes) : named(result));
    }
  }

  /** A loop in the turn: what stays as it began in a turn stays so in all of them. */
  #loop(loop: ForOp): void {
    const staying = new Set(loop.carried);
    for (let moved: readonly Carried[] = loop.carried; moved.length > 0;) {
      for (const item of loop.carried)
        this.#known.set(
          item.argument,
          staying.has(item) ? this.#of(item.init) : this.#unknown(item.argument),
        );
      this.#block(loop.body);
      moved = [...staying].filter(({ init, yield: next }) => !sameKnown(this.#of(next), this.#of(init)));
      moved.forEach((item) => staying.delete(item));
    }
    if (loop.carried.length === 0) this.#block(loop.body);
    for (const item of loop.carried)
      this.#known.set(item.result, staying.has(item) ? this.#of(item.init) : this.#unknown(item.result));
  }
}
