import { type DType, dtypes } from "@tilebook/ir";
import type { Identifier, Pattern } from "acorn";
import { field, isIdentifier, nodeField, nodesField, type SyntaxNode } from "../syntax.ts";
import type { Context } from "./context.ts";
import { constant, type Value } from "./value.ts";

const scalars: readonly string[] = ["i32", "u32", "f32", "bool"] satisfies DType[];

const example = 'write (x: Ptr, n: i32, scale: f32), with Ptr<"f16"> for half precision';

/** Adds a parameter to the kernel; its annotation says what it is. */
export function addParameter(
  context: Context,
  param: Pattern,
): { readonly node: Identifier; readonly value: Value } {
  if (!isIdentifier(param)) {
    throw context.fault(
      "kernel/parameter",
      param,
      "a kernel's parameter is a plain name with a type",
      example,
    );
  }
  const { name } = param;
  const annotation = nodeField(param, "typeAnnotation");
  const type = annotation === undefined ? undefined : nodeField(annotation, "typeAnnotation");
  if (type === undefined) {
    throw context.fault("kernel/parameter", param, `the parameter \`${name}\` needs a type`, example);
  }
  const typeName = nameOfType(type);
  if (typeName === "Ptr") return { node: param, value: pointer(context, name, type) };
  const dtype = dtypes.find((item) => item === typeName && scalars.includes(item));
  if (dtype === undefined) throw wrongType(context, name, type, typeName);
  const id = context.builder.scalar(name, dtype);
  return { node: param, value: { kind: "tile", id, type: { dtype, shape: [] } } };
}

function pointer(context: Context, name: string, type: SyntaxNode): Value {
  const list = nodeField(type, "typeArguments") ?? nodeField(type, "typeParameters");
  const [first, ...more] = list === undefined ? [] : nodesField(list, "params");
  const literal = first === undefined ? undefined : nodeField(first, "literal");
  const text = literal === undefined ? undefined : field(literal, "value");
  const dtype = first === undefined ? "f32" : dtypes.find((item) => item === text);
  if (dtype === undefined || more.length > 0) {
    const hint = `write Ptr<"f16">; the dtypes are ${dtypes.join(", ")}`;
    throw context.fault("kernel/parameter", first ?? type, "Ptr takes the name of a dtype", hint);
  }
  const id = context.builder.pointer(name, dtype);
  return { kind: "pointer", id, name, dtype, offset: constant(0) };
}

function nameOfType(type: SyntaxNode): string {
  const name = nodeField(type, "typeName");
  return name !== undefined && isIdentifier(name) ? name.name : type.type;
}

function wrongType(context: Context, name: string, type: SyntaxNode, typeName: string): Error {
  const number = typeName === "TSNumberKeyword";
  const hints: Readonly<Record<string, string | undefined>> = {
    TSNumberKeyword: `write \`${name}: i32\` for a size or an index, \`${name}: f32\` for a scale`,
    TSBooleanKeyword: `write \`${name}: bool\`, or use a constant of the cell`,
    f16: `write \`${name}: f32\`; cast it inside with ${name}.to("f16")`,
    Tile: `tiles are loaded inside: write \`${name}: Ptr\` and load(${name} + offsets)`,
  };
  const message = number
    ? `\`number\` does not say how \`${name}\` is stored on the GPU`
    : `a kernel's parameter is a Ptr, an i32, a u32, an f32 or a bool`;
  return context.fault("kernel/parameter", type, message, hints[typeName] ?? example);
}
