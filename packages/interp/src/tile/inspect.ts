import type { Span } from "@tilebook/base";
import {
  argumentsOf,
  type BufferDType,
  operandsOf,
  resultsOf,
  type TileKernel,
  type TileOp,
  type TypedValue,
  type ValueId,
} from "@tilebook/ir";
import type { TileValue } from "./tile.ts";

/** What a debugger shows of a program between two steps. */

/** A value that the next op could read. */
export interface LiveValue extends TileValue {
  readonly value: ValueId;
  readonly label: string | undefined;
  /** The op that defines it; a loop for its index and what it carries; none for parameters. */
  readonly op: TileOp | undefined;
  readonly span: Span | undefined;
  /** `index` and `carried` belong to the loops that are being run, outermost first. */
  readonly role: "parameter" | "index" | "carried" | "result";
}

/** What a load, a store or an atomic is about to touch. */
export interface MemoryAccess {
  readonly how: "load" | "store" | "atomic";
  /** The parameter's value and its name. */
  readonly pointer: ValueId;
  readonly name: string;
  readonly dtype: BufferDType;
  /** Lanes that the mask lets through, each with the element it goes to (which may be outside of the buffer). */
  readonly lanes: readonly { readonly lane: number; readonly offset: number }[];
}

/** A block that is being run: `next` of its ops are done. */
export interface OpenBlock {
  readonly ops: readonly TileOp[];
  readonly next: number;
  /** The loop or branch it is a block of. */
  readonly owner: TileOp | undefined;
}

type Read = (value: ValueId) => TileValue | undefined;

/** The values visible in the innermost of `blocks`: parameters, then in the order of their definition. */
export function liveValues(kernel: TileKernel, blocks: readonly OpenBlock[], read: Read): LiveValue[] {
  const scalars = kernel.params.flatMap((param): Found[] => {
    if (param.kind === "pointer") return [];
    const typed = { value: param.value, type: { dtype: param.dtype, shape: [] }, label: param.name };
    return [{ typed, op: undefined, role: "parameter" }];
  });
  return [...scalars, ...blocks.flatMap(foundIn)].flatMap(({ typed, op, role }) => {
    const tile = read(typed.value);
    const { value, label } = typed;
    return tile === undefined
      ? []
      : [{ value, label, op, role, span: op?.span, type: tile.type, values: tile.values }];
  });
}

interface Found {
  readonly typed: TypedValue;
  readonly op: TileOp | undefined;
  readonly role: LiveValue["role"];
}

/** An op that holds the next block is still at work: its results are not there yet. */
function foundIn({ ops, next, owner }: OpenBlock, place: number, blocks: readonly OpenBlock[]): Found[] {
  const index = owner?.kind === "for" ? owner.index : undefined;
  const given = owner === undefined ? [] : argumentsOf(owner);
  const named = given.map((typed): Found => {
    return { typed, op: owner, role: typed.value === index ? "index" : "carried" };
  });
  const ended = place < blocks.length - 1 ? next - 1 : next;
  const done = ops.slice(0, ended).flatMap((op) => resultsOf(op).map((typed) => ({ typed, op })));
  return [...named, ...done.map((item): Found => ({ ...item, role: "result" }))];
}

/** The values (not pointers) that an op reads; each once. */
export function readsOfOp(op: TileOp): ValueId[] {
  const pointer = "pointer" in op ? op.pointer : undefined;
  return Array.from(new Set(operandsOf(op).filter((value) => value !== pointer)));
}
