import { Fault } from "@tilebook/base";
import type { DType, PointerParam, ScalarParam, TensorType, TileKernel, TileParam } from "@tilebook/ir";
import { checkDtype } from "../create.ts";
import type { Expr } from "../expr.ts";
import { checkShape, sayShape } from "../shape.ts";
import { Tensor } from "../tensor.ts";

/** A place for a tensor that a launch makes, zero-filled before it. */
export class Out {
  readonly out = true;
  readonly type: TensorType;

  constructor(shape: unknown, dtype: DType = "f32") {
    this.type = { shape: checkShape(shape), dtype: checkDtype(dtype) };
  }
}

/** What may stand in a launch: tensors to read, numbers, `out(...)`. */
export type LaunchValue = Tensor | number | boolean | Out;

/** A launch argument, checked against its parameter. */
export type Bound =
  | { readonly kind: "input"; readonly expr: Expr }
  | { readonly kind: "output"; readonly type: TensorType }
  | { readonly kind: "scalar"; readonly value: number };

/** Holds the arguments of a launch against the kernel's parameters, one by one. */
export function bind(kernel: TileKernel, values: readonly unknown[]): readonly Bound[] {
  const { params } = kernel;
  if (values.length !== params.length) {
    throw new Fault(
      "kernel/arguments",
      `${kernel.name} has ${params.length} parameters, but ${values.length} arguments came`,
      { hint: `launch(grid, ${params.map((param) => param.name).join(", ")})` },
    );
  }
  const bound = params.map((param, at) =>
    param.kind === "scalar" ? scalar(param, values[at]) : pointer(param, values[at]),
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

function fits(value: number, dtype: DType): boolean {
  switch (dtype) {
    case "f32":
    case "f16":
      return !Number.isNaN(value);
    case "i32":
      return Number.isInteger(value) && value === (value | 0);
    case "u32":
      return Number.isInteger(value) && value >= 0 && value < 2 ** 32;
    case "bool":
      return value === 0 || value === 1;
  }
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

function output(param: PointerParam, { type }: Out): Bound {
  if (type.dtype !== param.dtype)
    throw wrongDtype(param, type.dtype, `: out(${sayShape(type.shape)}, "${param.dtype}")`);
  if (param.access === "read") {
    throw new Fault("kernel/never-written", `${param.name} is an out(), but the kernel never stores to it`, {
      hint: "pass a tensor for parameters that are only read",
    });
  }
  return { kind: "output", type };
}

function wrongDtype(param: TileParam, dtype: DType, fix: string): Fault {
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
