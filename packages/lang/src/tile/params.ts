import { type BufferDType, bufferDTypes, type DType, dtypes } from "@tilebook/ir";
import type { Function as FunctionNode, Identifier, Pattern } from "acorn";
import type { KernelParam } from "../cell.ts";
import { field, isIdentifier, nodeField, nodesField, type SyntaxNode } from "../syntax.ts";
import { capturedValue } from "./captured.ts";
import type { Context } from "./context.ts";
import { constant, type NumericValue, type PointerValue, type TileValue, type Value } from "./value.ts";
import { viewOf } from "./view.ts";

const scalars: readonly string[] = ["i32", "u32", "f32", "bool"] satisfies DType[];

const example = 'write (x: Ptr, n: i32, scale: f32), with Ptr<"f16"> for half precision';
const viewExample = 'write View<"f32", ["M", "K"]>; a size may also be a number';

/** A parameter as its annotation declares it, or what is wrong with it. */
type Known = Exclude<KernelParam, { readonly kind: "unknown" }>;
type Declared = Known | { readonly kind: "fault"; readonly fault: ParamFault };

interface ParamFault {
  readonly node: SyntaxNode;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** The parameters, for those who launch the kernel. */
export function declaredParams(kernel: FunctionNode): readonly KernelParam[] {
  return kernel.params.map((param, at) => {
    const declared = declare(param);
    const name = isIdentifier(param) ? param.name : `parameter ${at + 1}`;
    return declared.kind === "fault" ? { kind: "unknown", name } : declared;
  });
}

/** Adds the parameters of one kernel. Sizes of views with the same name are one number. */
export class Parameters {
  readonly #context: Context;
  readonly #constants: Readonly<Record<string, unknown>>;
  readonly #sizes = new Map<string, TileValue>();
  readonly #names = new Set<string>();

  constructor(context: Context, kernel: FunctionNode, constants: Readonly<Record<string, unknown>>) {
    this.#context = context;
    this.#constants = constants;
    for (const param of kernel.params) if (isIdentifier(param)) this.#names.add(param.name);
  }

  /** Adds a parameter to the kernel; its annotation says what it is. */
  add(param: Pattern): { readonly node: Identifier; readonly value: Value } {
    const declared = declare(param);
    if (declared.kind === "fault" || !isIdentifier(param)) throw this.#fault(declared, param);
    return { node: param, value: this.#value(declared, param) };
  }

  #value(declared: Known, node: Identifier): Value {
    const { name } = declared;
    switch (declared.kind) {
      case "pointer":
        return this.#pointer(name, declared.dtype);
      case "scalar":
        return this.#scalar(name, declared.dtype);
      case "view": {
        const start = this.#pointer(name, declared.dtype);
        const shape = declared.sizes.map((size) => this.#size(size, node));
        return viewOf({ context: this.#context, at: { node } }, start, shape);
      }
      case "const":
        return this.#constant(name, node);
    }
  }

  #size(size: string | number, node: Identifier): NumericValue {
    if (typeof size === "number") return constant(size);
    const known = this.#sizes.get(size);
    if (known !== undefined) return known;
    if (this.#names.has(size)) {
      const message = `\`${size}\` is a parameter and a size of a view`;
      throw this.#context.fault("kernel/parameter", node, message, "give one of them another name");
    }
    const made = this.#scalar(size, "i32");
    this.#sizes.set(size, made);
    return made;
  }

  #constant(name: string, node: Identifier): Value {
    if (Object.hasOwn(this.#constants, name)) return capturedValue(this.#constants[name]);
    const message = `\`${name}\` is a Const: it must be given when the kernel is lowered`;
    throw this.#context.fault(
      "kernel/constant-missing",
      node,
      message,
      "pass it in launch, like any argument",
    );
  }

  #pointer(name: string, dtype: BufferDType): PointerValue {
    return {
      kind: "pointer",
      id: this.#context.builder.pointer(name, dtype),
      name,
      dtype,
      offset: constant(0),
    };
  }

  #scalar(name: string, dtype: DType): TileValue {
    return { kind: "tile", id: this.#context.builder.scalar(name, dtype), type: { dtype, shape: [] } };
  }

  #fault(declared: Declared, param: SyntaxNode): Error {
    const { node, message, hint } =
      declared.kind === "fault"
        ? declared.fault
        : { node: param, message: "this is no parameter", hint: example };
    return this.#context.fault("kernel/parameter", node, message, hint);
  }
}

function declare(param: Pattern): Declared {
  if (!isIdentifier(param)) return wrong(param, "a kernel's parameter is a plain name with a type", example);
  const { name } = param;
  const annotation = nodeField(param, "typeAnnotation");
  const type = annotation === undefined ? undefined : nodeField(annotation, "typeAnnotation");
  if (type === undefined) return wrong(param, `the parameter \`${name}\` needs a type`, example);
  const typeName = nameOfType(type);
  if (typeName === "Const") return { kind: "const", name };
  if (typeName === "Ptr") return pointer(name, type);
  if (typeName === "View") return view(name, type);
  const dtype = dtypes.find((item) => item === typeName && scalars.includes(item));
  return dtype === undefined ? wrongType(name, type, typeName) : { kind: "scalar", name, dtype };
}

function pointer(name: string, type: SyntaxNode): Declared {
  const [first, ...more] = argumentsOf(type);
  const dtype = first === undefined ? "f32" : dtypeIn(first);
  if (dtype !== undefined && more.length === 0) return { kind: "pointer", name, dtype };
  const hint = `write Ptr<"f16">; the dtypes are ${bufferDTypes.join(", ")}`;
  return wrong(first ?? type, "Ptr takes the name of a dtype", hint);
}

function view(name: string, type: SyntaxNode): Declared {
  const [first, second, ...more] = argumentsOf(type);
  const dtype = first === undefined ? undefined : dtypeIn(first);
  if (dtype === undefined || second === undefined || more.length > 0)
    return wrong(first ?? type, "View takes a dtype and its sizes", viewExample);
  const sizes = nodesField(second, "elementTypes").map(literalIn);
  const good = sizes.every(
    (size) => typeof size === "string" || (typeof size === "number" && Number.isInteger(size) && size > 0),
  );
  if (!good || sizes.length === 0)
    return wrong(second, "the sizes of a View are names or numbers", viewExample);
  return { kind: "view", name, dtype, sizes: sizes as readonly (string | number)[] };
}

function argumentsOf(type: SyntaxNode): readonly SyntaxNode[] {
  const list = nodeField(type, "typeArguments") ?? nodeField(type, "typeParameters");
  return list === undefined ? [] : nodesField(list, "params");
}

function dtypeIn(node: SyntaxNode): BufferDType | undefined {
  const text = literalIn(node);
  return bufferDTypes.find((item) => item === text);
}

function literalIn(node: SyntaxNode): unknown {
  const literal = nodeField(node, "literal");
  return literal === undefined ? undefined : field(literal, "value");
}

function nameOfType(type: SyntaxNode): string {
  const name = nodeField(type, "typeName");
  // `tl.constexpr`: the name behind the point.
  const last = (name !== undefined && nodeField(name, "right")) || name;
  return last !== undefined && isIdentifier(last) ? last.name : type.type;
}

function wrongType(name: string, type: SyntaxNode, typeName: string): Declared {
  const number = typeName === "TSNumberKeyword";
  const hints: Readonly<Record<string, string | undefined>> = {
    TSNumberKeyword: `write \`${name}: i32\` for a size or an index, \`${name}: f32\` for a scale`,
    TSBooleanKeyword: `write \`${name}: bool\`, or use a constant of the cell`,
    constexpr: `write \`${name}: Const\`; each value is a kernel of its own`,
    f64: `WGSL has no f64: write \`${name}: f32\``,
    i64: `WGSL has no i64: write \`${name}: i32\``,
    Tensor: `write \`${name}: Ptr\`, or a View that knows its sizes`,
    Float32Array: `write \`${name}: Ptr\`, and pass a tensor`,
    f16: `write \`${name}: f32\`; cast it inside with ${name}.to("f16")`,
    Tile: `tiles are loaded inside: write \`${name}: Ptr\` and load(${name} + offsets)`,
  };
  const message = number
    ? `\`number\` does not say how \`${name}\` is stored on the GPU`
    : "a kernel's parameter is a Ptr, a View, an i32, a u32, an f32, a bool or a Const";
  return wrong(type, message, hints[typeName] ?? example);
}

function wrong(node: SyntaxNode, message: string, hint: string): Declared {
  return { kind: "fault", fault: { node, message, hint } };
}
