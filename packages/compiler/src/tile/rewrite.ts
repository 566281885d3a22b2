import type { Combine, TileKernel, TileOp, ValueId } from "@tilebook/ir";

/** Says which value stands for another from here on. */
export class Renaming {
  readonly #names = new Map<ValueId, ValueId>();

  set(from: ValueId, to: ValueId): void {
    this.#names.set(from, this.get(to));
  }

  get(value: ValueId): ValueId {
    return this.#names.get(value) ?? value;
  }
}

/** The op with every value it reads renamed; what its blocks hand out included, the blocks themselves not. */
export function renameReads<T extends TileOp>(op: T, rename: (value: ValueId) => ValueId): T;
export function renameReads(op: TileOp, rename: (value: ValueId) => ValueId): TileOp {
  switch (op.kind) {
    case "const":
    case "programId":
    case "numPrograms":
    case "arange":
      return op;
    case "broadcast":
    case "reshape":
    case "transpose":
    case "unary":
    case "cast":
    case "bitcast":
    case "pick":
    case "argsort":
    case "reduce":
      return { ...op, input: rename(op.input) };
    case "gather":
      return { ...op, input: rename(op.input), index: rename(op.index) };
    case "binary":
    case "dot":
    case "join":
      return { ...op, left: rename(op.left), right: rename(op.right) };
    case "select":
      return { ...op, condition: rename(op.condition), yes: rename(op.yes), no: rename(op.no) };
    case "load":
      return { ...op, offset: rename(op.offset), ...renameMask(op, rename), ...renameOther(op, rename) };
    case "store":
      return { ...op, offset: rename(op.offset), value: rename(op.value), ...renameMask(op, rename) };
    case "atomic": {
      const compare = op.compare === undefined ? {} : { compare: rename(op.compare) };
      return {
        ...op,
        offset: rename(op.offset),
        value: rename(op.value),
        ...compare,
        ...renameMask(op, rename),
      };
    }
    case "fold":
    case "scan": {
      const combine: Combine = { ...op.combine, yields: op.combine.yields.map(rename) };
      return { ...op, inputs: op.inputs.map(rename), combine };
    }
    case "print":
      return { ...op, value: rename(op.value), ...renameMask(op, rename) };
    case "assert":
      return { ...op, condition: rename(op.condition) };
    case "for": {
      const carried = op.carried.map((item) => ({
        ...item,
        init: rename(item.init),
        yield: rename(item.yield),
      }));
      return { ...op, lower: rename(op.lower), upper: rename(op.upper), carried };
    }
    case "if": {
      const joined = op.joined.map((item) => ({
        ...item,
        whenTrue: rename(item.whenTrue),
        whenFalse: rename(item.whenFalse),
      }));
      return { ...op, condition: rename(op.condition), joined };
    }
  }
}

function renameMask(
  op: { readonly mask?: ValueId },
  rename: (value: ValueId) => ValueId,
): { readonly mask?: ValueId } {
  return op.mask === undefined ? {} : { mask: rename(op.mask) };
}

function renameOther(
  op: { readonly other?: ValueId },
  rename: (value: ValueId) => ValueId,
): { readonly other?: ValueId } {
  return op.other === undefined ? {} : { other: rename(op.other) };
}

/** The op with its blocks replaced, in order. */
export function mapBlocks(op: TileOp, map: (block: readonly TileOp[]) => readonly TileOp[]): TileOp {
  if (op.kind === "for") return { ...op, body: map(op.body) };
  if (op.kind === "fold" || op.kind === "scan")
    return { ...op, combine: { ...op.combine, body: map(op.combine.body) } };
  if (op.kind === "if") return { ...op, whenTrue: map(op.whenTrue), whenFalse: map(op.whenFalse) };
  return op;
}

/** The pointers that the kernel only reads: their loads may be moved, merged and repeated. */
export function readOnlyPointers(kernel: TileKernel): ReadonlySet<ValueId> {
  const pointers = kernel.params.filter((param) => param.kind === "pointer" && param.access === "read");
  return new Set(pointers.map((param) => param.value));
}
