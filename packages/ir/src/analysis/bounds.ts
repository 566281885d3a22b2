import type { Span } from "@tilebook/base";
import type { TileKernel } from "../tile.ts";
import { sizeOf } from "../infer.ts";
import { valuesOf } from "../walk.ts";
import { type Form, unknownsIn, unknownsOf } from "./form.ts";
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
 *
 * Many kernels need no mask, since their launch fits: a block a row. So there must be a sign that the mask was forgotten:
 * the same index is compared somewhere else, or the kernel is given a size that it compares with nothing.
 */
export function unguardedOf(kernel: TileKernel, facts: LaunchFacts = {}): readonly Unguarded[] {
  const forms = formsOf(kernel, facts);
  const names = new Map(kernel.params.map(({ value, name }) => [value, name]));
  const types = tileSizes(kernel, forms);
  const limits = limitsOf(kernel, forms);
  const sizes = kernel.params.flatMap((param) =>
    param.kind === "scalar" && param.dtype === "i32" ? [`s${param.value}`] : [],
  );
  const compared = limits.some((limit) => sizes.some((size) => unknownsIn(limit).has(size)));
  return forms.accesses.flatMap(({ op }) => {
    const form = forms.formOf(op.offset);
    if (op.mask !== undefined || form === undefined || types.get(op.offset) === 1) return [];
    const along = growsAlong(form, forms);
    if (along === undefined) return [];
    const forgotten = sizes.length > 0 && !compared;
    if (along === "program" && !forgotten && !limits.some((limit) => isIndexIn(limit, form))) return [];
    return [{ kind: op.kind, pointer: names.get(op.pointer) ?? "", along, span: op.span }];
  });
}

/** What the comparisons of a kernel hold to be at least 0. */
function limitsOf(kernel: TileKernel, forms: Forms): readonly Form[] {
  const masks = [...valuesOf(kernel)].filter(([, { type }]) => type.dtype === "bool");
  return masks.flatMap(([value]) => forms.truthsOf(value)).filter((form) => form !== undefined);
}

/**
 * Whether the index that `limit` keeps inside is one of those that `form` is made of: `program * 64 + lane`, also as a row,
 * `(program * 64 + lane) * columns`.
 */
function isIndexIn(limit: Form, form: Form): boolean {
  const lanes = [...form].filter(([monomial]) => unknownsOf(monomial).some((name) => name.startsWith("l")));
  return ["p0", "p1", "p2"].some((program) => {
    const step = limit.get(program) ?? 0;
    const steps = [...limit].filter(([name]) => /^l\d+$/.test(name)).map(([, lane]) => step / lane);
    return lanes.some(([monomial, coefficient]) => {
      const others = unknownsOf(monomial).filter((name) => !name.startsWith("l"));
      const there = form.get([...others, program].toSorted().join("*")) ?? 0;
      return step !== 0 && steps.includes(there / coefficient);
    });
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
