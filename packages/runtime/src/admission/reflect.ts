import { Fault } from "@tilebook/base";
import { evaluate } from "./constants.ts";
import { ownGroup } from "./launch.ts";
import type { Reader } from "./reader.ts";
import { layoutOf, type RawLayout } from "./layout.ts";
import { Sizes } from "./sizes.ts";
import {
  type Attribute,
  type FunctionDeclaration,
  joined,
  type Module,
  type Range,
  splitRange,
  textAt,
} from "./tree.ts";
import type { Uses } from "./uses.ts";

/** A buffer that a raw kernel names. */
export interface RawBinding {
  readonly group: number;
  readonly binding: number;
  readonly name: string;
  readonly access: "read" | "readwrite" | "uniform";
  /** Its type as written, without blanks. */
  readonly type: string;
  /** What its elements are made of; absent for structs, which may hold several. */
  readonly element?: "f32" | "f16" | "i32" | "u32";
  /** How a value is written into it, for uniforms that numbers can be written into. */
  readonly layout?: RawLayout;
  /** Index of the name's token. */
  readonly at: number;
}

export interface EntryPoint {
  readonly name: string;
  readonly declaration: FunctionDeclaration;
}

/** The compute entry point called `wanted`, or the only one. Fault `admission/entry`. */
export function entryPoint(module: Module, reader: Reader, wanted: string | undefined): EntryPoint {
  const names = entryNames(module);
  const all = Array.from(module.functions).filter(([name]) => names.includes(name));
  const found = wanted === undefined && all.length === 1 ? all[0] : all.find(([name]) => name === wanted);
  if (found === undefined) {
    throw new Fault("admission/entry", `${wanted ?? "the kernel"} is no entry point of this text`, {
      span: reader.span(0),
      hint: names.length === 0 ? "mark one function with @compute" : `name one of ${names.join(", ")}`,
    });
  }
  const [name, declaration] = found;
  return { name, declaration };
}

/** The compute entry points of a module, in order. */
export function entryNames(module: Module): readonly string[] {
  return Array.from(module.functions)
    .filter(([, { attributes }]) => has(attributes, "compute"))
    .map(([name]) => name);
}

/** Fault `admission/workgroup` when it is not given in numbers. */
export function workgroupSizeOf(
  module: Module,
  reader: Reader,
  declaration: FunctionDeclaration,
): readonly [number, number, number] {
  const attribute = declaration.attributes.find((item) => item.name === "workgroup_size");
  const parts = attribute === undefined ? [] : splitRange(module, attribute.arguments, ",");
  const sizes = parts.filter(({ from, to }) => to > from).map((part) => evaluate(module, part) ?? 0);
  const [x = 0, y = 1, z = 1] = sizes;
  if (x >= 1 && y >= 1 && z >= 1) return [x, y, z];
  throw new Fault("admission/workgroup", "the workgroup size must be given in plain numbers", {
    span: reader.span(declaration.name),
    hint: "for example @workgroup_size(64)",
  });
}

/** The buffers of an entry point, by group and binding. Fault `admission/bindings`. */
export function reflectBindings(module: Module, reader: Reader, uses: Uses): readonly RawBinding[] {
  const sizes = new Sizes(module, reader);
  const bindings = module.variables
    .filter((variable) => !["private", "workgroup"].includes(variable.space))
    .map((variable): RawBinding => {
      const access = accesses[variable.space];
      if (access === undefined || variable.type === undefined) throw unknownSpace(reader, variable.name);
      const number = (name: string): number => {
        const attribute = variable.attributes.find((item) => item.name === name);
        return attribute === undefined ? -1 : (evaluate(module, attribute.arguments) ?? -1);
      };
      const element = elementOf(module, variable.type);
      const layout = access === "uniform" ? layoutOf(module, sizes, variable.type) : undefined;
      return {
        group: number("group"),
        binding: number("binding"),
        name: module.tokens[variable.name]?.text ?? "",
        access,
        type: joined(module, variable.type),
        ...(element === undefined ? {} : { element }),
        ...(layout === undefined ? {} : { layout }),
        at: variable.name,
      };
    })
    .filter(({ name }) => uses.has(name));
  for (const binding of bindings) checkPlace(reader, bindings, binding);
  return bindings.toSorted((a, b) => a.group - b.group || a.binding - b.binding);
}

const scalars: Readonly<Record<string, RawBinding["element"]>> = {
  f32: "f32",
  f16: "f16",
  i32: "i32",
  u32: "u32",
};
const suffixes: Readonly<Record<string, RawBinding["element"]>> = { f: "f32", h: "f16", i: "i32", u: "u32" };

/** The scalar that arrays, vectors, matrices and atomics of a type are made of. */
function elementOf(module: Module, range: Range, steps = 0): RawBinding["element"] {
  const name = textAt(module, range.from);
  const alias = module.aliases.get(name);
  if (steps > 16 || module.structs.has(name)) return undefined;
  if (alias !== undefined) return elementOf(module, alias, steps + 1);
  const suffix = /^(?:vec[234]|mat[234]x[234])([fhiu])$/u.exec(name)?.[1];
  if (suffix !== undefined) return suffixes[suffix];
  if (textAt(module, range.from + 1) === "<")
    return elementOf(module, { from: range.from + 2, to: range.to - 1 }, steps + 1);
  return scalars[name];
}

const accesses: Readonly<Record<string, RawBinding["access"]>> = {
  uniform: "uniform",
  storage: "read",
  "storage, read": "read",
  "storage, read_write": "readwrite",
};

function checkPlace(reader: Reader, all: readonly RawBinding[], one: RawBinding): void {
  const twice = all.some(
    (other) => other !== one && other.group === one.group && other.binding === one.binding,
  );
  const placed = one.group >= 0 && one.group < ownGroup && one.binding >= 0 && one.binding < 64;
  if (placed && !twice) return;
  throw new Fault("admission/bindings", `${one.name} needs a @group and a @binding of its own`, {
    span: reader.span(one.at),
    hint: `groups 0 to ${ownGroup - 1} are free for you; write for example @group(0) @binding(1)`,
  });
}

function unknownSpace(reader: Reader, name: number): Fault {
  return new Fault(
    "admission/unsupported",
    "a raw kernel has buffers, private and workgroup variables only",
    {
      span: reader.span(name),
      hint: "write var<storage, read>, var<storage, read_write>, var<uniform>, var<workgroup> or var<private>",
    },
  );
}

function has(attributes: readonly Attribute[], name: string): boolean {
  return attributes.some((attribute) => attribute.name === name);
}
