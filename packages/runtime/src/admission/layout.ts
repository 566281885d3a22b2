import type { Sizes } from "./sizes.ts";
import { evaluate } from "./constants.ts";
import { type Module, type Range, textAt } from "./tree.ts";

/** How a value of a WGSL type lies in memory, for types that numbers can be written into. */
export type RawLayout =
  | { readonly kind: "scalar"; readonly dtype: "f32" | "i32" | "u32"; readonly bytes: number }
  /** A vector, an array of fixed length, or the columns of a matrix. */
  | {
      readonly kind: "list";
      readonly of: RawLayout;
      readonly count: number;
      readonly stride: number;
      readonly bytes: number;
    }
  | { readonly kind: "struct"; readonly fields: readonly RawField[]; readonly bytes: number };

export interface RawField {
  readonly name: string;
  readonly offset: number;
  readonly layout: RawLayout;
}

const suffixes: Readonly<Record<string, "f32" | "i32" | "u32">> = { f: "f32", i: "i32", u: "u32" };
const mostSteps = 16;

/** The layout of a type, undefined when there are f16, atomics or arrays without a length in it. */
export function layoutOf(module: Module, sizes: Sizes, range: Range, steps = 0): RawLayout | undefined {
  if (steps > mostSteps) return undefined;
  const name = textAt(module, range.from);
  const alias = module.aliases.get(name);
  if (alias !== undefined) return layoutOf(module, sizes, alias, steps + 1);
  if (module.structs.has(name)) return structLayout(module, sizes, name, steps);
  if (name === "array") return arrayLayout(module, sizes, range, steps);
  const scalar = scalarOf(name);
  return scalar ?? shapedLayout(module, name, range);
}

function scalarOf(name: string): Extract<RawLayout, { readonly kind: "scalar" }> | undefined {
  return name === "f32" || name === "i32" || name === "u32"
    ? { kind: "scalar", dtype: name, bytes: 4 }
    : undefined;
}

/** vec3<f32>, vec3f, mat4x4f. */
function shapedLayout(module: Module, name: string, range: Range): RawLayout | undefined {
  const shape = /^(?:vec([234])|mat([234])x([234]))([fiu])?$/u.exec(name);
  if (shape === null) return undefined;
  const [, lanes, columns, rows, suffix] = shape;
  const element = scalarOf(suffix === undefined ? textAt(module, range.from + 2) : (suffixes[suffix] ?? ""));
  if (element === undefined) return undefined;
  const count = Number(lanes ?? rows);
  const vector: RawLayout = { kind: "list", of: element, count, stride: 4, bytes: count * 4 };
  if (columns === undefined) return vector;
  const stride = count === 2 ? 8 : 16;
  return { kind: "list", of: vector, count: Number(columns), stride, bytes: stride * Number(columns) };
}

function arrayLayout(module: Module, sizes: Sizes, range: Range, steps: number): RawLayout | undefined {
  const { bytes } = sizes.of(range);
  const comma = lastComma(module, range);
  if (comma === undefined || !Number.isFinite(bytes)) return undefined;
  const of = layoutOf(module, sizes, { from: range.from + 2, to: comma }, steps + 1);
  const count = evaluate(module, { from: comma + 1, to: range.to - 1 });
  if (of === undefined || count === undefined || count < 1) return undefined;
  return { kind: "list", of, count, stride: bytes / count, bytes };
}

/** The comma before the length. */
function lastComma(module: Module, { from, to }: Range): number | undefined {
  let depth = 0;
  for (let at = to - 2; at > from + 1; at--) {
    const text = textAt(module, at);
    if (text === ">" || text === ")") depth += 1;
    if (text === "<" || text === "(") depth -= 1;
    if (text === "," && depth === 0) return at;
  }
  return undefined;
}

function structLayout(module: Module, sizes: Sizes, name: string, steps: number): RawLayout | undefined {
  const fields: RawField[] = [];
  for (const { member, offset } of sizes.membersOf(name)) {
    const layout = layoutOf(module, sizes, member.type, steps + 1);
    if (layout === undefined) return undefined;
    fields.push({ name: textAt(module, member.name), offset, layout });
  }
  const at = module.structs.get(name)?.name ?? 0;
  return { kind: "struct", fields, bytes: sizes.of({ from: at, to: at + 1 }).bytes };
}
