import { Fault } from "@tilebook/base";
import {
  type BufferDType,
  type PointerParam,
  type ScalarParam,
  type TensorType,
  type TileKernel,
  type TileParam,
} from "@tilebook/ir";
import type { Expr } from "../expr.ts";
import type { KernelParameter } from "../host.ts";
import { sayShape } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import { fits } from "./fits.ts";
import { Out } from "./out.ts";

/** What may stand in a launch: tensors to read, numbers, `out(...)`, and constants for `Const` parameters. */
export type LaunchValue = Tensor | number | boolean | Out | string | readonly (number | boolean | string)[];

/** A launch argument, checked against its parameter. */
export type Bound =
  | { readonly kind: "input"; readonly expr: Expr }
  | { readonly kind: "output"; readonly type: TensorType; readonly from?: Expr; readonly over?: boolean }
  | { readonly kind: "scalar"; readonly value: number };

export interface TakenArguments {
  /** Values of `Const` parameters. */
  readonly constants: Readonly<Record<string, unknown>>;
  /** The others by name, and the named sizes of views. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** Gives the arguments of a launch the names of the declared parameters. */
export function takeArguments(
  kernel: string,
  params: readonly KernelParameter[],
  given: readonly unknown[],
): TakenArguments {
  if (given.length !== params.length) {
    throw new Fault(
      "kernel/arguments",
      `${kernel} has ${params.length} parameters, but ${given.length} arguments came`,
      { hint: `launch(grid, ${params.map((param) => param.name).join(", ")})` },
    );
  }
  const constants: Record<string, unknown> = {};
  const values: Record<string, unknown> = {};
  const sizes = new Map<string, { readonly size: number; readonly of: string }>();
  params.forEach((param, at) => {
    const value = given[at];
    if (param.kind === "const") constants[param.name] = constant(param.name, value);
    else values[param.name] = value;
    if (param.kind === "view") takeSizes(param, value, sizes);
  });
  for (const [name, { size }] of sizes) values[name] = size;
  return { constants, values };
}

function constant(name: string, value: unknown): unknown {
  if (isPlain(value) || (Array.isArray(value) && value.every(isPlain))) return value;
  throw new Fault("kernel/constant", `${name} is a Const: a number, a text or a list, not ${say(value)}`, {
    hint: value instanceof Tensor ? `declare it as ${name}: Ptr to pass a tensor` : undefined,
  });
}

function isPlain(value: unknown): boolean {
  return typeof value === "number" || typeof value === "boolean" || typeof value === "string";
}

type ViewParameter = Extract<KernelParameter, { readonly kind: "view" }>;

/** A view's tensor has its rank and sizes; views that name the same size agree on it. */
function takeSizes(
  param: ViewParameter,
  value: unknown,
  sizes: Map<string, { readonly size: number; readonly of: string }>,
): void {
  const shape = value instanceof Tensor ? value.shape : value instanceof Out ? value.type.shape : undefined;
  if (shape === undefined) return;
  const said = `View of [${param.sizes.join(", ")}]`;
  if (shape.length !== param.sizes.length) {
    throw new Fault("kernel/view", `${param.name} is a ${said}, but this is ${sayShape(shape)}`, {
      hint: "give a tensor with as many axes",
    });
  }
  param.sizes.forEach((name, axis) => {
    const size = shape[axis] ?? 0;
    const known = typeof name === "number" ? { size: name, of: "its type" } : sizes.get(name);
    if (known !== undefined && known.size !== size) {
      const message = `${name} is ${known.size} in ${known.of} and ${size} in ${param.name} ${sayShape(shape)}`;
      throw new Fault("kernel/view", message, { hint: "views that name the same size have it in common" });
    }
    if (typeof name === "string") sizes.set(name, { size, of: param.name });
  });
}

/** Holds named values against the lowered kernel's parameters, one by one. */
export function bind(kernel: TileKernel, values: Readonly<Record<string, unknown>>): readonly Bound[] {
  const bound = kernel.params.map((param) =>
    param.kind === "scalar" ? scalar(param, values[param.name]) : pointer(param, values[param.name]),
  );
  if (!bound.some((value) => value.kind === "output")) {
    throw new Fault("kernel/no-output", `this launch of ${kernel.name} makes nothing`, {
      hint: "give out([rows, columns]) for each parameter the kernel stores to",
    });
  }
  return bound;
}

function scalar(param: ScalarParam, value: unknown): Bound {
  const wanted =
    param.dtype === "bool"
      ? "true or false"
      : param.dtype === "f32" || param.dtype === "f16"
        ? "a number"
        : "an integer";
  const number = typeof value === "boolean" ? Number(value) : value;
  const good = typeof number === "number" && fits(number, param.dtype);
  if (good) return { kind: "scalar", value: number };
  throw new Fault("kernel/scalar", `${param.name} is ${wanted} (${param.dtype}), not ${say(value)}`, {
    hint: value instanceof Tensor ? `declare it as ${param.name}: Ptr to pass a tensor` : undefined,
  });
}

function pointer(param: PointerParam, value: unknown): Bound {
  if (value instanceof Out) return output(param, value);
  if (!(value instanceof Tensor)) {
    throw new Fault("kernel/pointer", `${param.name} is a tensor of ${param.dtype}, not ${say(value)}`, {
      hint: pointerHint(param, value),
    });
  }
  if (value.dtype !== param.dtype) throw wrongDtype(param, value.dtype, `.cast("${param.dtype}")`);
  if (param.access !== "read") {
    throw new Fault("kernel/writes-input", `the kernel stores to ${param.name}, but tensors never change`, {
      hint: `pass out(${sayShape(value.shape)}) for it: launch gives back the new tensor`,
    });
  }
  return { kind: "input", expr: Tensor.expr(value) };
}

function output(param: PointerParam, { type, from }: Out): Bound {
  if (type.dtype !== param.dtype)
    throw wrongDtype(param, type.dtype, `: out(${sayShape(type.shape)}, "${param.dtype}")`);
  if (param.access === "read") {
    throw new Fault("kernel/never-written", `${param.name} is an out(), but the kernel never stores to it`, {
      hint: "pass a tensor for parameters that are only read",
    });
  }
  return { kind: "output", type, ...(from === undefined ? {} : { from: Tensor.expr(from) }) };
}

function wrongDtype(param: TileParam, dtype: BufferDType, fix: string): Fault {
  return new Fault("kernel/dtype", `${param.name} points to ${param.dtype}, but this is ${dtype}`, {
    hint: `write ${param.name}${fix}, or declare the parameter as Ptr<"${dtype}">`,
  });
}

function pointerHint(param: PointerParam, value: unknown): string {
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    return `make it a tensor: tensor(${param.name}, { dtype: "${param.dtype}" })`;
  }
  return param.access === "read" ? "pass a tensor" : "pass out([rows, columns]): the kernel stores to it";
}

function say(value: unknown): string {
  if (value instanceof Tensor) return `a tensor ${sayShape(value.shape)}`;
  if (value instanceof Out) return "an out()";
  if (Array.isArray(value)) return "an array";
  if (ArrayBuffer.isView(value)) return `a ${value.constructor.name}`;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : typeof value;
}
