import { Fault } from "@tilebook/base";
import { evaluate } from "./constants.ts";
import { ownGroup } from "./launch.ts";
import type { Reader } from "./reader.ts";
import { type Attribute, type FunctionDeclaration, type Module, splitRange } from "./tree.ts";

/** A buffer that a raw kernel names. */
export interface RawBinding {
  readonly group: number;
  readonly binding: number;
  readonly name: string;
  readonly access: "read" | "readwrite" | "uniform";
  /** Its type as written, without blanks. */
  readonly type: string;
  /** Index of the name's token. */
  readonly at: number;
}

export interface EntryPoint {
  readonly name: string;
  readonly declaration: FunctionDeclaration;
  readonly workgroupSize: readonly [number, number, number];
}

/** The compute entry point called `wanted`, or the only one. Fault `admission/entry`. */
export function entryPoint(module: Module, reader: Reader, wanted: string | undefined): EntryPoint {
  const all = Array.from(module.functions).filter(([, { attributes }]) => has(attributes, "compute"));
  const names = all.map(([name]) => name);
  const found = wanted === undefined && all.length === 1 ? all[0] : all.find(([name]) => name === wanted);
  if (found === undefined) {
    throw new Fault("admission/entry", `${wanted ?? "the kernel"} is no entry point of this text`, {
      span: reader.span(0),
      hint: names.length === 0 ? "mark one function with @compute" : `name one of ${names.join(", ")}`,
    });
  }
  const [name, declaration] = found;
  return { name, declaration, workgroupSize: workgroupSize(module, reader, declaration) };
}

function workgroupSize(
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

/** The buffers of a module, by group and binding. Fault `admission/bindings`. */
export function reflectBindings(module: Module, reader: Reader): readonly RawBinding[] {
  const bindings = module.variables
    .filter((variable) => !["private", "workgroup"].includes(variable.space))
    .map((variable): RawBinding => {
      const access = accesses[variable.space];
      if (access === undefined || variable.type === undefined) throw unknownSpace(reader, variable.name);
      const number = (name: string): number => {
        const attribute = variable.attributes.find((item) => item.name === name);
        return attribute === undefined ? -1 : (evaluate(module, attribute.arguments) ?? -1);
      };
      const { from, to } = variable.type;
      return {
        group: number("group"),
        binding: number("binding"),
        name: module.tokens[variable.name]?.text ?? "",
        access,
        type: module.tokens
          .slice(from, to)
          .map((token) => token.text)
          .join(""),
        at: variable.name,
      };
    });
  for (const binding of bindings) checkPlace(reader, bindings, binding);
  return bindings.toSorted((a, b) => a.group - b.group || a.binding - b.binding);
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
