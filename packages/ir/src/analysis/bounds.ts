import type { Span } from "@tilebook/base";
import type { TileKernel } from "../tile.ts";
import { sizeOf } from "../infer.ts";
import { valuesOf, walkOps } from "../walk.ts";
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
 * the same index is compared somewhere else, rows have a size that a kernel knows but that the tile does not keep to, or
 * the kernel is given a size that it does nothing with.
 */
export function unguardedOf(kernel: TileKernel, facts: LaunchFacts = {}): readonly Unguarded[] {
  const forms = formsOf(kernel, facts);
  const names = new Map(kernel.params.map(({ value, name }) => [value, name]));
  const types = tileSizes(kernel, forms);
  const signs = signsOf(kernel, forms);
  return forms.accesses.flatMap(({ op }) => {
    const form = forms.formOf(op.offset);
    if (op.mask !== undefined || form === undefined || types.get(op.offset) === 1) return [];
    const along = growsAlong(form, forms);
    if (along === undefined || !isForgotten(form, along, signs)) return [];
    return [{ kind: op.kind, pointer: names.get(op.pointer) ?? "", along, span: op.span }];
  });
}

/** What tells a forgotten mask from one that is not needed. */
interface Signs {
  /** What the comparisons of the kernel hold to be at least 0. */
  readonly limits: readonly Form[];
  /** The unknowns of numbers that may be sizes of a buffer. */
  readonly sizes: ReadonlySet<string>;
  /** Some size is there and nothing uses it, in an offset, a comparison or a loop. */
  readonly idle: boolean;
  /** Steps of loops that walk by more than 1, by the unknown of their turns. */
  readonly steps: ReadonlyMap<string, number>;
}

function signsOf(kernel: TileKernel, forms: Forms): Signs {
  const limits = limitsOf(kernel, forms);
  const numbers = kernel.params.filter((param) => param.kind === "scalar" && param.dtype === "i32");
  // What is called a stride is the distance of rows, and no size of them.
  const sizes = new Set(
    numbers.filter(({ name }) => !/stride|pitch/i.test(name)).map(({ value }) => `s${value}`),
  );
  const steps = new Map<string, number>();
  const bounds: (Form | undefined)[] = [];
  walkOps(kernel.body, (op) => {
    if (op.kind !== "for") return;
    if (op.step > 1) steps.set(`t${op.index}`, op.step);
    bounds.push(forms.formOf(op.lower), forms.formOf(op.upper));
  });
  const offsets = forms.accesses.map(({ op }) => forms.formOf(op.offset));
  const used = [...limits, ...bounds, ...offsets].some(
    (form) => form !== undefined && [...unknownsIn(form)].some((name) => sizes.has(name)),
  );
  return { limits, sizes, idle: sizes.size > 0 && !used, steps };
}

function isForgotten(form: Form, along: Unguarded["along"], signs: Signs): boolean {
  if (signs.limits.some((limit) => isIndexIn(limit, form))) return true;
  if (along === "loop") return goesByBlocks(form, signs);
  return along === "scalar" || signs.idle || leavesItsRow(form, signs);
}

/** Whether the loop walks as far in a turn as the tile does, so that its last turn may be cut short. */
function goesByBlocks(form: Form, { steps }: Signs): boolean {
  return [...steps].some(([turn, step]) => {
    const ways = [...form].filter(([monomial]) => unknownsOf(monomial).includes(turn));
    return ways.some(([monomial, way]) => {
      const rest = unknownsOf(monomial).filter((name) => name !== turn);
      return lanesWith(form, rest).some((lane) => way === step * lane);
    });
  });
}

/**
 * `row * columns + lane`, where something compares `columns` or it is the one size there is: the tile does not end where
 * the row does. With `(block * 64 + row * columns)` the tile fits its block.
 */
function leavesItsRow(form: Form, { sizes, limits }: Signs): boolean {
  const programs = ["p0", "p1", "p2"];
  if (programs.some((program) => form.has(program)) || lanesWith(form, []).length === 0) return false;
  return [...sizes].some((size) => {
    const rows = programs.some((program) => form.has([program, size].toSorted().join("*")));
    const compared = limits.some((limit) => unknownsIn(limit).has(size));
    return rows && (compared || sizes.size === 1);
  });
}

/** The coefficients of lanes that stand with just these other unknowns. */
function lanesWith(form: Form, others: readonly string[]): readonly number[] {
  return [...form].flatMap(([monomial, coefficient]) => {
    const names = unknownsOf(monomial);
    const rest = names.filter((name) => !name.startsWith("l"));
    return rest.length + 1 === names.length && rest.join("*") === others.join("*") ? [coefficient] : [];
  });
}

/** What the comparisons of a kernel hold to be at least 0. */
function limitsOf(kernel: TileKernel, forms: Forms): readonly Form[] {
  const masks = [...valuesOf(kernel)].filter(([, { type }]) => type.dtype === "bool");
  return masks.flatMap(([value]) => forms.truthsOf(value)).filter((form) => form !== undefined);
}

/**
 * Whether the index that `limit` keeps inside is one of those that `form` is made of: `program * 64 + lane`, also as a row,
 * `(program * 64 + lane) * columns`, and the same with the turns of a loop.
 */
function isIndexIn(limit: Form, form: Form): boolean {
  const walks = [...limit].filter(([name]) => /^[pt]\d+$/.test(name));
  const lanes = [...limit].filter(([name]) => /^l\d+$/.test(name)).map(([, lane]) => lane);
  return walks.some(([walk, step]) => {
    const places = [...form].filter(([monomial]) => unknownsOf(monomial).includes(walk));
    return places.some(([monomial, there]) => {
      const rest = unknownsOf(monomial).filter((name) => name !== walk);
      return lanesWith(form, rest).some((own) => lanes.some((lane) => step / lane === there / own));
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
