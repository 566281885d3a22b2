import { Fault, type Span } from "@tilebook/base";
import { bitsOf, type TensorType } from "@tilebook/ir";
import type { LaunchMessages } from "./executor.ts";

/** A run that failed while its kernels ran, with what they had printed before. */
export class FailedRun extends Fault {
  readonly messages: readonly LaunchMessages[];

  constructor(fault: Fault, messages: readonly LaunchMessages[]) {
    super(fault.code, fault.message, { span: fault.span, hint: fault.hint, cause: fault.cause });
    this.messages = messages;
  }
}

/** Bytes of a tensor's elements, without padding. */
export function tensorBytes(type: TensorType): number {
  const elements = type.shape.reduce((product, size) => product * size, 1);
  return Math.ceil((elements * bitsOf(type.dtype)) / 8);
}

export function closed(): Fault {
  return new Fault("executor/closed", "this executor was closed");
}

export function unknownTensor(handle: string): Fault {
  return new Fault(
    "executor/unknown-tensor",
    `there is no tensor ${handle}: it was freed, or its device is gone`,
    {
      hint: "run the cell that makes it again",
    },
  );
}

export function interrupted(): Fault {
  return new Fault("executor/interrupted", "the run was stopped");
}

export function badProgram(what: string, span?: Span): Fault {
  return new Fault("executor/bad-program", what, { span });
}

export function wrongSize(type: TensorType, given: number): Fault {
  return new Fault(
    "executor/wrong-size",
    `${type.dtype} [${type.shape.join(", ")}] needs ${tensorBytes(type)} bytes, and ${given} were given`,
    { hint: "the shape's product times the element size must equal the data's length" },
  );
}

/** `[start, end)` of the tensor's bytes, checked. */
export function checkRange(
  range: { readonly start: number; readonly end: number } | undefined,
  bytes: number,
): { readonly start: number; readonly end: number } {
  const { start, end } = range ?? { start: 0, end: bytes };
  if (Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && start <= end && end <= bytes)
    return { start, end };
  throw new Fault("executor/bad-range", `bytes ${start} to ${end} do not lie in a tensor of ${bytes} bytes`);
}
