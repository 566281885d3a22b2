import { Fault } from "@tilebook/base";
import { sayShape, type Shape } from "../shape.ts";

/** An axis's name: a letter, or `.0`, `.1`, ... for what "..." stands for, counted from the last axis. */
export type Name = string;

export interface Spec {
  /** Of each operand, the names of its axes; one may stand there twice. */
  readonly operands: readonly (readonly Name[])[];
  readonly result: readonly Name[];
  readonly sizes: ReadonlyMap<Name, number>;
}

/**
 * "ij,jk->ik" for these shapes. Without an arrow the result has the axes of "...", then the letters that stand once, in the
 * order of the alphabet. Faults `einsum/spec`, `einsum/size`.
 */
export function parse(text: string, shapes: readonly Shape[]): Spec {
  const [left = "", right, ...more] = text.replaceAll(/\s/g, "").split("->");
  const terms = left.split(",");
  if (more.length > 0 || [...terms, right ?? ""].some((term) => !/^[A-Za-z]*(\.\.\.)?[A-Za-z]*$/.test(term)))
    throw wrongSpec(
      text,
      'write letters for axes, for example einsum("ij,jk->ik", a, b); "..." stands for more of them',
    );
  if (terms.length !== shapes.length)
    throw wrongSpec(text, `it names ${terms.length} operands, and ${shapes.length} are given`);
  const operands = terms.map((term, at) => namesOf(term, shapes[at] ?? [], text));
  const sizes = sizesOf(operands, shapes, text);
  const result = right === undefined ? implied(operands) : stated(right, operands, text);
  return { operands, result, sizes };
}

function namesOf(term: string, shape: Shape, text: string): readonly Name[] {
  const [before = "", after] = term.split("...");
  const letters = before.length + (after ?? "").length;
  const rest = shape.length - letters;
  if (rest < 0 || (after === undefined && rest > 0))
    throw wrongSpec(
      text,
      `"${term}" has ${letters} letters, its operand of shape ${sayShape(shape)} has ${shape.length} axes`,
    );
  return [...lettersOf(before), ...dots(rest), ...lettersOf(after)];
}

function lettersOf(text = ""): readonly Name[] {
  return text.split("");
}

function dots(count: number): readonly Name[] {
  return Array.from({ length: count }, (_, at) => `.${count - 1 - at}`);
}

/** Letters have one size everywhere; what "..." stands for broadcasts. */
function sizesOf(
  operands: readonly (readonly Name[])[],
  shapes: readonly Shape[],
  text: string,
): ReadonlyMap<Name, number> {
  const sizes = new Map<Name, number>();
  operands.forEach((names, at) =>
    names.forEach((name, axis) => {
      const size = shapes[at]?.[axis] ?? 1;
      const known = sizes.get(name) ?? size;
      const repeats = name.startsWith(".") && (known === 1 || size === 1);
      if (known !== size && !repeats) throw wrongSize(text, name, [known, size], at);
      sizes.set(name, Math.max(known, size));
    }),
  );
  return sizes;
}

function implied(operands: readonly (readonly Name[])[]): readonly Name[] {
  const all = operands.flat();
  const letters = Array.from(new Set(all)).filter((name) => !name.startsWith("."));
  const once = letters.filter((name) => all.indexOf(name) === all.lastIndexOf(name));
  return [...dots(mostDots(operands)), ...once.toSorted((a, b) => (a < b ? -1 : 1))];
}

function stated(right: string, operands: readonly (readonly Name[])[], text: string): readonly Name[] {
  const [before = "", after] = right.split("...");
  const between = after === undefined ? [] : dots(mostDots(operands));
  const names = [...lettersOf(before), ...between, ...lettersOf(after)];
  const known = new Set(operands.flat());
  const strange = names.find((name) => !known.has(name));
  if (strange !== undefined) throw wrongSpec(text, `no operand has the axis ${strange} of the result`);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw wrongSpec(text, `${twice} stands twice in the result`);
  return names;
}

function mostDots(operands: readonly (readonly Name[])[]): number {
  return Math.max(0, ...operands.map((names) => names.filter((name) => name.startsWith(".")).length));
}

function wrongSpec(text: string, hint: string): Fault {
  return new Fault("einsum/spec", `einsum cannot follow "${text}"`, { hint });
}

function wrongSize(text: string, name: Name, [known, size]: readonly [number, number], at: number): Fault {
  const what = name.startsWith(".") ? 'an axis of "..."' : name;
  return new Fault("einsum/size", `in "${text}", ${what} is ${known} and, in operand ${at + 1}, ${size}`, {
    hint: "an axis has one size, wherever it stands",
  });
}
