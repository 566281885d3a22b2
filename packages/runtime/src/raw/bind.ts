import { Fault } from "@tilebook/base";
import type { Admitted, RawBinding } from "../admission/index.ts";
import type { RawBuffer, RawRun } from "./raw.ts";

export interface Bound {
  readonly binding: RawBinding;
  readonly buffer: RawBuffer;
}

/** Matches the buffers given with the variables of the text. Fault `executor/bad-raw` or `executor/writes-input`. */
export function bindBuffers(run: RawRun, admitted: Admitted): readonly Bound[] {
  const names = admitted.bindings.map((binding) => binding.name);
  const unknown = Object.keys(run.buffers).find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw badRaw(`the kernel has no buffer ${unknown}`, `its buffers are ${names.join(", ")}`);
  checkGrid(run);
  return admitted.bindings.map((binding) => {
    const buffer = Object.hasOwn(run.buffers, binding.name) ? run.buffers[binding.name] : undefined;
    if (buffer === undefined)
      throw badRaw(
        `the kernel's buffer ${binding.name} gets nothing`,
        "give it a tensor, or make it an output",
      );
    checkAccess(binding, buffer);
    return { binding, buffer };
  });
}

function checkAccess({ name, access }: RawBinding, buffer: RawBuffer): void {
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
