import { Fault, type Span } from "@tilebook/base";
import { accessOf } from "./access.ts";
import type { BufferDType, DType } from "./dtype.ts";
import { checkStore, combinedTypes, resultType, sameType, showType, type TypeScope } from "./infer.ts";
import type { AtomicName, BinaryName, ReduceName, UnaryName } from "./ops.ts";
import { some } from "./some.ts";
import type {
  Carried,
  Combine,
  Defined,
  FoldOp,
  Joined,
  ScanOp,
  TileKernel,
  TileOp,
  TileParam,
  TileType,
  TileValueOp,
  ValueId,
} from "./tile.ts";

/** Where an op comes from and what the user called its value. */
export interface OpNote {
  readonly span?: Span | undefined;
  readonly label?: string | undefined;
}

/** A loop's header. `step` is 1 by default; labels are for printing. */
export interface LoopHead {
  readonly lower: ValueId;
  readonly upper: ValueId;
  readonly step?: number | undefined;
  readonly indexLabel?: string | undefined;
  readonly span?: Span | undefined;
}

/** A value the loop carries: what it is before the first turn. */
export interface CarriedInit {
  readonly init: ValueId;
  readonly label?: string | undefined;
  /** A bool scalar: no turn begins while it is false. At most one of them. */
  readonly goesOn?: boolean | undefined;
}

/** The tiles of a fold or a scan. */
export interface Combining {
  readonly inputs: readonly ValueId[];
  readonly axis: number;
  /** Of a scan: from the last element to the first. */
  readonly reverse?: boolean | undefined;
}

/** What an atomic does, where, and with what. */
export interface AtomicAccess {
  readonly op: AtomicName;
  readonly pointer: ValueId;
  readonly offset: ValueId;
  readonly value: ValueId;
  readonly compare?: ValueId | undefined;
  readonly mask?: ValueId | undefined;
}

/** One value out of the values of two neighbours, all scalars. */
type CombineBody = (left: readonly ValueId[], right: readonly ValueId[]) => readonly ValueId[];

type CombiningNote = {
  readonly span?: Span | undefined;
  readonly labels?: readonly (string | undefined)[];
};

type Draft = TileValueOp extends infer T ? (T extends TileValueOp ? Omit<T, "result"> : never) : never;

const inferred: TileType = { dtype: "i32", shape: [] };

/**
 * Makes a Tile IR kernel op by op. Values are ids; result types are inferred, and an op whose operands do not fit
 * throws a Fault (`tile/shape`, `tile/dtype`, ...) with the op's span. Nothing is converted on the way:
 * broadcasts and casts are ops of their own.
 */
export class TileBuilder {
  readonly #name: string;
  readonly #span: Span | undefined;
  readonly #params: TileParam[] = [];
  readonly #types = new Map<ValueId, TileType>();
  readonly #pointers = new Map<ValueId, BufferDType>();
  readonly #scope: TypeScope;
  #block: TileOp[] = [];
  #next: ValueId = 0;

  constructor(name: string, span?: Span) {
    this.#name = name;
    this.#span = span;
    this.#scope = { typeOf: (value) => this.typeOf(value), pointee: (pointer) => this.pointee(pointer) };
  }

  /** The type of a value made by this builder (a pointer is no value). */
  typeOf(value: ValueId): TileType {
    const type = this.#types.get(value);
    if (type !== undefined) return type;
    const what = this.#pointers.has(value) ? "is a pointer: load from it" : "has no definition";
    throw new Fault("tile/value", `%${value} ${what}`);
  }

  isPointer(value: ValueId): boolean {
    return this.#pointers.has(value);
  }

  /** The element dtype of a pointer parameter. */
  pointee(pointer: ValueId): BufferDType {
    const dtype = this.#pointers.get(pointer);
    if (dtype === undefined) throw new Fault("tile/value", `%${pointer} is no pointer parameter`);
    return dtype;
  }

  /** A buffer parameter. Its access is found in `finish`. */
  pointer(name: string, dtype: BufferDType): ValueId {
    const value = this.#fresh();
    this.#pointers.set(value, dtype);
    this.#params.push({ kind: "pointer", name, value, dtype, access: "read" });
    return value;
  }

  /** A number given at launch. */
  scalar(name: string, dtype: DType): ValueId {
    const value = this.#define({ dtype, shape: [] });
    this.#params.push({ kind: "scalar", name, value, dtype });
    return value;
  }

  const(value: number, dtype: DType, note: OpNote = {}): ValueId {
    return this.#emit({ kind: "const", value, type: { dtype, shape: [] } }, note);
  }

  /** A tile filled with one constant. */
  full(shape: readonly number[], value: number, dtype: DType, note: OpNote = {}): ValueId {
    const scalar = this.const(value, dtype, { span: note.span });
    return shape.length === 0 ? scalar : this.broadcast(scalar, shape, note);
  }

  programId(axis: 0 | 1 | 2, note: OpNote = {}): ValueId {
    return this.#emit({ kind: "programId", axis, type: inferred }, note);
  }

  numPrograms(axis: 0 | 1 | 2, note: OpNote = {}): ValueId {
    return this.#emit({ kind: "numPrograms", axis, type: inferred }, note);
  }

  /** [start, ..., end - 1] as i32. */
  arange(start: number, end: number, note: OpNote = {}): ValueId {
    return this.#emit({ kind: "arange", start, end, type: inferred }, note);
  }

  broadcast(input: ValueId, shape: readonly number[], note: OpNote = {}): ValueId {
    return this.#emit({ kind: "broadcast", input, type: { dtype: this.typeOf(input).dtype, shape } }, note);
  }

  reshape(input: ValueId, shape: readonly number[], note: OpNote = {}): ValueId {
    return this.#emit({ kind: "reshape", input, type: { dtype: this.typeOf(input).dtype, shape } }, note);
  }

  /** By default the axes in reverse order. */
  transpose(input: ValueId, order?: readonly number[], note: OpNote = {}): ValueId {
    const axes =
      order ??
      this.typeOf(input)
        .shape.map((_, axis) => axis)
        .toReversed();
    return this.#emit({ kind: "transpose", input, order: axes, type: inferred }, note);
  }

  unary(op: UnaryName, input: ValueId, note: OpNote = {}): ValueId {
    return this.#emit({ kind: "unary", op, input, type: inferred }, note);
  }

  binary(op: BinaryName, left: ValueId, right: ValueId, note: OpNote = {}): ValueId {
    return this.#emit({ kind: "binary", op, left, right, type: inferred }, note);
  }

  /** `choice.condition ? choice.yes : choice.no`, elementwise. */
  select(
    choice: { readonly condition: ValueId; readonly yes: ValueId; readonly no: ValueId },
    note: OpNote = {},
  ): ValueId {
    const { condition, yes, no } = choice;
    return this.#emit({ kind: "select", condition, yes, no, type: inferred }, note);
  }

  cast(input: ValueId, dtype: DType, note: OpNote = {}): ValueId {
    return this.#emit({ kind: "cast", input, type: { dtype, shape: this.typeOf(input).shape } }, note);
  }

  /** The same bits as another dtype of 4 bytes. */
  bitcast(input: ValueId, dtype: DType, note: OpNote = {}): ValueId {
    return this.#emit({ kind: "bitcast", input, type: { dtype, shape: this.typeOf(input).shape } }, note);
  }

  /** A new last axis of size 2 with `left` and `right`. */
  join(left: ValueId, right: ValueId, note: OpNote = {}): ValueId {
    return this.#emit({ kind: "join", left, right, type: inferred }, note);
  }

  /** The slice at a constant place of an axis, which is dropped. */
  pick(input: ValueId, axis: number, index: number, note: OpNote = {}): ValueId {
    return this.#emit({ kind: "pick", input, axis, index, type: inferred }, note);
  }

  gather(input: ValueId, index: ValueId, axis: number, note: OpNote = {}): ValueId {
    return this.#emit({ kind: "gather", input, index, axis, type: inferred }, note);
  }

  argsort(
    input: ValueId,
    order: { readonly axis: number; readonly descending?: boolean | undefined },
    note: OpNote = {},
  ): ValueId {
    const { axis, descending = false } = order;
    return this.#emit({ kind: "argsort", input, axis, descending, type: inferred }, note);
  }

  /** Gives what stood there before. */
  atomic(access: AtomicAccess, note: OpNote = {}): ValueId {
    const { op, pointer, offset, value, compare, mask } = access;
    const given = some({ compare, mask });
    return this.#emit({ kind: "atomic", op, pointer, offset, value, ...given, type: inferred }, note);
  }

  load(
    from: {
      readonly pointer: ValueId;
      readonly offset: ValueId;
      readonly mask?: ValueId | undefined;
      readonly other?: ValueId | undefined;
    },
    note: OpNote = {},
  ): ValueId {
    const { pointer, offset, mask, other } = from;
    return this.#emit({ kind: "load", pointer, offset, ...some({ mask, other }), type: inferred }, note);
  }

  store(
    to: {
      readonly pointer: ValueId;
      readonly offset: ValueId;
      readonly value: ValueId;
      readonly mask?: ValueId | undefined;
    },
    note: { readonly span?: Span | undefined } = {},
  ): void {
    const { pointer, offset, value, mask } = to;
    const op = { kind: "store" as const, pointer, offset, value, ...some({ mask, span: note.span }) };
    checkStore(op, this.#scope);
    this.#block.push(op);
  }

  dot(left: ValueId, right: ValueId, note: OpNote = {}): ValueId {
    return this.#emit({ kind: "dot", left, right, type: inferred }, note);
  }

  reduce(op: ReduceName, input: ValueId, axis: number, note: OpNote = {}): ValueId {
    return this.#emit({ kind: "reduce", op, input, axis, type: inferred }, note);
  }

  /** Folds the axis of all inputs away; one result for each. `combine` is associative and works on scalars. */
  fold(what: Combining, combine: CombineBody, note: CombiningNote = {}): readonly ValueId[] {
    const { inputs, axis } = what;
    const head = { kind: "fold" as const, axis, inputs, ...some({ span: note.span }) };
    return this.#combining(head, combine, note, (rest) => ({ ...head, ...rest }));
  }

  /** The running values of such a fold along the axis. */
  scan(what: Combining, combine: CombineBody, note: CombiningNote = {}): readonly ValueId[] {
    const { inputs, axis, reverse = false } = what;
    const head = { kind: "scan" as const, axis, reverse, inputs, ...some({ span: note.span }) };
    return this.#combining(head, combine, note, (rest) => ({ ...head, ...rest }));
  }

  /** Shows a tile to the person, where the mask is true. */
  print(
    what: { readonly text: string; readonly value: ValueId; readonly mask?: ValueId | undefined },
    note: { readonly span?: Span | undefined } = {},
  ): void {
    const { text, value, mask } = what;
    const { shape } = this.typeOf(value);
    if (mask !== undefined)
      this.#requireSame({ dtype: "bool", shape }, this.typeOf(mask), "the mask of a print", note.span);
    this.#block.push({ kind: "print", text, value, ...some({ mask, span: note.span }) });
  }

  /** Every element of the bool tile must be true. `turns`: it is about the turns of a loop. */
  assert(
    condition: ValueId,
    text: string,
    note: { readonly span?: Span | undefined; readonly turns?: true | undefined } = {},
  ): void {
    const { shape } = this.typeOf(condition);
    this.#requireSame({ dtype: "bool", shape }, this.typeOf(condition), "an assertion", note.span);
    this.#block.push({ kind: "assert", text, condition, ...some({ turns: note.turns, span: note.span }) });
  }

  /**
   * A counted loop. `body` gets the index and the carried values of this turn and returns those of the next,
   * in the same order and of the same types. Returns what they are after the loop.
   */
  forLoop(
    head: LoopHead,
    carried: readonly CarriedInit[],
    body: (index: ValueId, carried: readonly ValueId[]) => readonly ValueId[],
  ): readonly ValueId[] {
    const { lower, upper, step = 1, indexLabel, span } = head;
    this.#checkHead(head, step);
    const index = this.#define({ dtype: "i32", shape: [] });
    const types = carried.map((item) => this.typeOf(item.init));
    const args = types.map((type) => this.#define(type));
    const { ops, value: yields } = this.#nested(() => body(index, args));
    requireCount(carried.length, yields.length, "the body of the loop", span);
    const items = carried.map((item, place): Carried => {
      const type = at(types, place);
      const next = at(yields, place);
      this.#requireSame(
        type,
        this.typeOf(next),
        `${item.label ?? "a value"} changes its type in the loop`,
        span,
      );
      const ids = { init: item.init, argument: at(args, place), yield: next, result: this.#define(type) };
      return { ...ids, type, ...some({ label: item.label }) };
    });
    const goesOn = carried.findIndex((item) => item.goesOn === true);
    if (goesOn >= 0) this.#requireSame({ dtype: "bool", shape: [] }, at(types, goesOn), "a while", span);
    this.#block.push({
      kind: "for",
      index,
      lower,
      upper,
      step,
      ...some({ while: args[goesOn] }),
      carried: items,
      body: ops,
      ...some({ indexLabel, span }),
    });
    return items.map((item) => item.result);
  }

  /** A branch on a scalar bool. Both arms return values of the same types; what they are afterwards comes back. */
  ifElse(
    condition: ValueId,
    arms: { readonly whenTrue: () => readonly ValueId[]; readonly whenFalse?: () => readonly ValueId[] },
    note: { readonly span?: Span | undefined; readonly labels?: readonly (string | undefined)[] } = {},
  ): readonly ValueId[] {
    const { span, labels } = note;
    this.#requireSame({ dtype: "bool", shape: [] }, this.typeOf(condition), "the condition of an if", span);
    const yes = this.#nested(arms.whenTrue);
    const no = this.#nested(arms.whenFalse ?? (() => []));
    requireCount(yes.value.length, no.value.length, "the second arm", span);
    const joined = yes.value.map((whenTrue, place): Joined => {
      const type = this.typeOf(whenTrue);
      const whenFalse = at(no.value, place);
      const label = labels?.[place];
      this.#requireSame(type, this.typeOf(whenFalse), `${label ?? "a value"} differs in the two arms`, span);
      return { whenTrue, whenFalse, result: this.#define(type), type, ...some({ label }) };
    });
    this.#block.push({
      kind: "if",
      condition,
      whenTrue: yes.ops,
      whenFalse: no.ops,
      joined,
      ...some({ span }),
    });
    return joined.map((item) => item.result);
  }

  /** The kernel as made so far, with the access of every pointer. */
  finish(): TileKernel {
    const access = accessOf(this.#block);
    const params = this.#params.map((param) =>
      param.kind === "pointer" ? { ...param, access: access(param.value) } : param,
    );
    return { name: this.#name, params, body: [...this.#block], ...some({ span: this.#span }) };
  }

  #fresh(): ValueId {
    this.#next += 1;
    return this.#next - 1;
  }

  #define(type: TileType): ValueId {
    const value = this.#fresh();
    this.#types.set(value, type);
    return value;
  }

  #emit(draft: Draft, note: OpNote): ValueId {
    const op = { ...draft, result: -1, ...some({ span: note.span, label: note.label }) } as TileValueOp;
    const type = resultType(op, this.#scope);
    const result = this.#define(type);
    this.#block.push({ ...op, result, type });
    return result;
  }

  #combining(
    head: Pick<FoldOp | ScanOp, "kind" | "axis" | "inputs" | "span">,
    body: CombineBody,
    { span, labels }: CombiningNote,
    make: (rest: { readonly combine: Combine; readonly results: readonly Defined[] }) => TileOp,
  ): readonly ValueId[] {
    const types = combinedTypes(head, this.#scope);
    const side = (): readonly ValueId[] => types.map(({ dtype }) => this.#define({ dtype, shape: [] }));
    const [left, right] = [side(), side()];
    const { ops, value: yields } = this.#nested(() => body(left, right));
    requireCount(types.length, yields.length, "the combining function", span);
    types.forEach(({ dtype }, place) =>
      this.#requireSame(
        { dtype, shape: [] },
        this.typeOf(at(yields, place)),
        "the combining function changes a type",
        span,
      ),
    );
    const results = types.map((type, place): Defined => ({
      result: this.#define(type),
      type,
      ...some({ label: labels?.[place] }),
    }));
    this.#block.push(make({ combine: { left, right, body: ops, yields }, results }));
    return results.map((item) => item.result);
  }

  #nested<T>(make: () => T): { readonly ops: readonly TileOp[]; readonly value: T } {
    const outer = this.#block;
    this.#block = [];
    try {
      const value = make();
      return { ops: this.#block, value };
    } finally {
      this.#block = outer;
    }
  }

  #checkHead(head: LoopHead, step: number): void {
    const index: TileType = { dtype: "i32", shape: [] };
    this.#requireSame(index, this.typeOf(head.lower), "the lower bound of a loop", head.span);
    this.#requireSame(index, this.typeOf(head.upper), "the upper bound of a loop", head.span);
    if ((step | 0) === step && step > 0) return;
    throw new Fault("tile/loop", `a loop's step is a positive whole number, not ${step}`, {
      span: head.span,
    });
  }

  #requireSame(wanted: TileType, seen: TileType, what: string, span: Span | undefined): void {
    if (sameType(wanted, seen)) return;
    throw new Fault("tile/type", `${what}: ${showType(seen)} where ${showType(wanted)} is needed`, { span });
  }
}

function requireCount(wanted: number, seen: number, what: string, span: Span | undefined): void {
  if (wanted !== seen)
    throw new Fault("tile/type", `${what} gives ${seen} values where ${wanted} are needed`, { span });
}

function at<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) throw new Fault("internal/index", `no item ${index} of ${list.length}`);
  return item;
}
