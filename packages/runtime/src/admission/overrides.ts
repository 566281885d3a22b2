import { Fault } from "@tilebook/base";
import { evaluate } from "./constants.ts";
import type { Edit } from "./fuel.ts";
import type { Reader } from "./reader.ts";
import { joined, type Module, type OverrideDeclaration } from "./tree.ts";

export type OverrideDType = "f32" | "f16" | "i32" | "u32" | "bool";

/** A pipeline-overridable constant of a text. */
export interface RawOverride {
  readonly name: string;
  readonly dtype: OverrideDType;
  /** Its initial value as written; absent when a run must give one. */
  readonly value?: string;
}

export type OverrideValues = Readonly<Record<string, number | boolean>>;

const dtypes: readonly OverrideDType[] = ["f32", "f16", "i32", "u32", "bool"];
const suffixes: Readonly<Record<string, OverrideDType>> = { f: "f32", h: "f16", i: "i32", u: "u32" };

/** The overrides of a module, in order. One whose type cannot be told from its text cannot be set, and is left out. */
export function overridesOf(module: Module): readonly RawOverride[] {
  return [...module.overrides].flatMap(([name, override]): RawOverride[] => {
    const dtype = dtypeOf(module, override);
    if (dtype === undefined) return [];
    return [
      { name, dtype, ...(override.value === undefined ? {} : { value: joined(module, override.value) }) },
    ];
  });
}

function dtypeOf(module: Module, { type, value }: OverrideDeclaration): OverrideDType | undefined {
  if (type !== undefined) return named(module, joined(module, type));
  if (value === undefined) return undefined;
  const text = joined(module, value).replace(/^-/u, "");
  if (text === "true" || text === "false") return "bool";
  if (/^(?:\d|\.\d)[\w.+-]*$/u.test(text) && value.to - value.from <= 2) return ofNumber(text);
  return evaluate(module, value) === undefined ? undefined : "i32";
}

function ofNumber(text: string): OverrideDType {
  const hex = /^0x/iu.test(text);
  const suffix = (hex ? /[iu]$/u : /[fhiu]$/u).exec(text)?.[0];
  if (suffix !== undefined) return suffixes[suffix] ?? "f32";
  return /^(?:\d+|0x[\da-f]+)$/iu.test(text) ? "i32" : "f32";
}

function named(module: Module, name: string): OverrideDType | undefined {
  const alias = module.aliases.get(name);
  return dtypes.find((dtype) => dtype === (alias === undefined ? name : joined(module, alias)));
}

/** The module with these values instead of the initial ones, and the edits that write them into its text. */
export function withOverrides(
  module: Module,
  reader: Reader,
  values: OverrideValues,
): { readonly module: Module; readonly edits: readonly Edit[] } {
  const known = new Map(overridesOf(module).map((override) => [override.name, override]));
  const given = new Map<string, number>();
  const edits = Object.entries(values).map(([name, value]) => {
    const override = known.get(name);
    const declaration = module.overrides.get(name);
    if (override === undefined || declaration === undefined) throw unknown(name, [...known.keys()]);
    check(override, value);
    const whole = override.dtype === "i32" || override.dtype === "u32";
    if (whole && !module.shadowed.has(name)) given.set(name, Number(value));
    return edit(module, reader, declaration, literal(override.dtype, value));
  });
  return { module: { ...module, given }, edits };
}

/** Overrides without an initial value that `values` leaves out. */
export function missingOverrides(module: Module, values: OverrideValues): readonly RawOverride[] {
  return overridesOf(module).filter(({ name, value }) => value === undefined && !Object.hasOwn(values, name));
}

function edit(module: Module, reader: Reader, declaration: OverrideDeclaration, text: string): Edit {
  const { value, type, name } = declaration;
  if (value !== undefined) {
    const at = module.tokens[value.from]?.start ?? 0;
    return { at, removed: (module.tokens[value.to - 1]?.end ?? at) - at, inserted: text };
  }
  const last = type === undefined ? name : type.to - 1;
  return { at: module.tokens[last]?.end ?? reader.source.text.length, removed: 0, inserted: ` = ${text}` };
}

/** A conversion, since a literal of the lowest i32 is none. */
function literal(dtype: OverrideDType, value: number | boolean): string {
  if (dtype === "bool") return String(Boolean(value));
  if (dtype === "i32") return `i32(${Number(value)})`;
  if (dtype === "u32") return `${Number(value)}u`;
  const number = dtype === "f32" ? Math.fround(Number(value)) : Number(value);
  return `${dtype}(${Number.isInteger(number) && Math.abs(number) < 2 ** 53 ? number : `${number}f`})`;
}

const ranges: Record<OverrideDType, { readonly says: string; readonly holds: (value: number) => boolean }> = {
  f32: { says: "a number (f32)", holds: (value) => Number.isFinite(Math.fround(value)) },
  f16: { says: "a number up to 65,504 (f16)", holds: (value) => Math.abs(value) <= 65504 },
  i32: { says: "a whole number from -2^31 to 2^31 - 1 (i32)", holds: (value) => value === (value | 0) },
  u32: { says: "a whole number from 0 to 2^32 - 1 (u32)", holds: (value) => value === value >>> 0 },
  bool: { says: "true or false", holds: () => false },
};

function check({ name, dtype }: RawOverride, value: unknown): void {
  const good =
    dtype === "bool" ? typeof value === "boolean" : typeof value === "number" && ranges[dtype].holds(value);
  if (good) return;
  throw new Fault("executor/bad-raw", `${name} is ${ranges[dtype].says}, not ${String(value)}`, {
    hint: `override ${name} of the kernel: ${dtype}`,
  });
}

function unknown(name: string, known: readonly string[]): Fault {
  return new Fault("executor/bad-raw", `the kernel has no override ${name} that can be set`, {
    hint: known.length === 0 ? "it has none" : `its overrides are ${known.join(", ")}`,
  });
}

export function missingFault(module: Module, reader: Reader, missing: RawOverride): Fault {
  const declaration = module.overrides.get(missing.name);
  return new Fault("executor/bad-raw", `the override ${missing.name} gets no value`, {
    span: declaration === undefined ? undefined : reader.span(declaration.name),
    hint: `give it in the call, { ${missing.name}: ... }, or an initial value: override ${missing.name}: ${missing.dtype} = 1;`,
  });
}
