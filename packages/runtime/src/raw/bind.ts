import { Fault } from "@tilebook/base";
import type { BufferDType } from "@tilebook/ir";
import type { Admitted, RawBinding } from "../admission/index.ts";
import type { TensorHandle } from "../executor.ts";
import type { RawBuffer, RawRun } from "./raw.ts";

export interface Bound {
  readonly binding: RawBinding;
  readonly buffer: RawBuffer;
}

/** Tensors by what a kernel may see their elements as. Packed dtypes and masks come as the words they lie in. */
const elements: Record<NonNullable<RawBinding["element"]>, readonly BufferDType[]> = {
  f32: ["f32"],
  f16: ["f16"],
  i32: ["i32"],
  u32: ["u32", "bool", "f16", "i8", "u8", "i4", "u4", "u2"],
};

/** Matches the buffers given with the variables of the text. Fault `executor/bad-raw` or `executor/writes-input`. */
export function bindBuffers(
  run: RawRun,
  admitted: Admitted,
  dtypeOf: (tensor: TensorHandle) => BufferDType,
): readonly Bound[] {
  const names = admitted.bindings.map((binding) => binding.name);
  const unknown = Object.keys(run.buffers).find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw badRaw(`${admitted.entry} has no buffer ${unknown}`, `its buffers are ${names.join(", ")}`);
  checkGrid(run);
  return admitted.bindings.map((binding) => {
    const buffer = Object.hasOwn(run.buffers, binding.name) ? run.buffers[binding.name] : undefined;
    if (buffer === undefined)
      throw badRaw(`the buffer ${binding.name} of ${admitted.entry} gets nothing`, whatToGive(binding));
    checkAccess(binding, buffer);
    if (buffer.kind !== "value")
      checkElement(binding, buffer.kind === "output" ? buffer.type.dtype : dtypeOf(buffer.tensor));
    return { binding, buffer };
  });
}

function whatToGive({ access, layout }: RawBinding): string {
  if (access === "readwrite") return "make it an output";
  return layout === undefined ? "give it a tensor" : "give it numbers as its type says, or a tensor";
}

function checkElement({ name, element, type }: RawBinding, dtype: BufferDType): void {
  if (element === undefined || elements[element].includes(dtype)) return;
  throw badRaw(
    `${name} is an ${type} in the kernel, but gets ${dtype}`,
    `cast the tensor, or declare ${name} of what it holds; bitcast<...>() in the kernel reads bits as another type`,
  );
}

function checkAccess({ name, access, layout, type }: RawBinding, buffer: RawBuffer): void {
  if (buffer.kind === "value") {
    if (layout !== undefined) return;
    throw badRaw(`${name}: ${type} cannot get plain numbers`, "give it a tensor; var<uniform> gets numbers");
  }
  if (access === "readwrite" && buffer.kind === "input") {
    throw new Fault("executor/writes-input", `the kernel writes to ${name}, which was given a tensor`, {
      hint: "tensors never change: make it an output that starts as a copy of the tensor",
    });
  }
  if (access !== "readwrite" && buffer.kind === "output")
    throw badRaw(
      `the kernel only reads ${name}, so it cannot be an output`,
      "declare it as var<storage, read_write>",
    );
}

function checkGrid({ grid }: RawRun): void {
  const fits = grid.every((size) => Number.isSafeInteger(size) && size >= 0 && size <= 65535);
  if (!fits)
    throw badRaw(
      `a grid of ${grid.join(" x ")} workgroups cannot run`,
      "each side is a whole number up to 65,535; use two sides for more",
    );
}

function badRaw(message: string, hint: string): Fault {
  return new Fault("executor/bad-raw", message, { hint });
}
