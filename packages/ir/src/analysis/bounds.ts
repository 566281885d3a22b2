import type { Span } from "@tilebook/base";
import type { TileKernel } from "../tile.ts";
import { sizeOf } from "../infer.ts";
import { valuesOf } from "../walk.ts";
import { type Form, unknownsIn } from "./form.ts";
import { type Forms, formsOf, type LaunchFacts } from "./forms.ts";

/** A load, a store or an atomic of a whole tile that nothing keeps inside its buffer. */
export interface Unguarded {
  readonly kind: "load" | "store" | "atomic";
  /** Name of the pointer parameter. */
  readonly pointer: string;
  /** What the offset goes along with, without an end that the kernel knows. */
  readonly along: "program" | "loop" | "scalar";
  readonly span: Span | undefined;
}

/**
 * Accesses of tiles without a mask whose offset grows with the program, with a loop of unknown length or with a scalar:
 * where the tile does not divide the size, the last one reaches past the end. Offsets of one element are the launch's
 * business (one program a row), and offsets that are no polynomial, such as `offsets % n`, are trusted.
 */
export function unguardedOf(kernel: TileKernel, facts: LaunchFacts = {}): readonly Unguarded[] {
  const forms = formsOf(kernel, facts);
  const names = new Map(kernel.params.map(({ value, name }) => [value, name]));
  const types = tileSizes(kernel, forms);
  return forms.accesses.flatMap(({ op }) => {
    const form = forms.formOf(op.offset);
    if (op.mask !== undefined || form === undefined || types.get(op.offset) === 1) return [];
    const along = growsAlong(form, forms);
    if (along === undefined) return [];
    return [{ kind: op.kind, pointer: names.get(op.pointer) ?? "", along, span: op.span }];
  });
}

function growsAlong(form: Form, { turns }: Forms): Unguarded["along"] | undefined {
  const unknowns = [...unknownsIn(form)];
  if (!unknowns.some((name) => name.startsWith("l"))) return undefined;
  if (unknowns.some((name) => name.startsWith("p"))) return "program";
  if (unknowns.some((name) => name.startsWith("t") && !turns.has(name))) return "loop";
  return unknowns.some((name) => name.startsWith("s")) ? "scalar" : undefined;
}

function tileSizes(kernel: TileKernel, { accesses }: Forms): ReadonlyMap<number, number> {
  const values = valuesOf(kernel);
  return new Map(accesses.map(({ op }) => [op.offset, sizeOf(values.get(op.offset)?.type.shape ?? [])]));
}
