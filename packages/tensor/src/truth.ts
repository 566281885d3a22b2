import { Fault } from "@tilebook/base";
import { Tensor } from "./tensor.ts";
import { callOf, notAwaited } from "./waiting.ts";

/** What the host puts around values in a cell that JavaScript would take as true, or compare by identity, without a word. */
export interface Guards {
  /** Gives the value back. Faults `tensor/truth` for a mask or a tensor of one number, `tensor/await` for numbers that are not there yet. */
  readonly $truth: (value: unknown) => unknown;
  /** Gives the value back. Fault `tensor/equal` for a tensor. */
  readonly $equal: (value: unknown) => unknown;
}

export const guards: Guards = {
  $truth: (value) => {
    const call = callOf(value);
    if (call !== undefined) throw notAwaited(call);
    // Whether there is one at all is asked in the same words, as of parameters that may be missing.
    if (!(value instanceof Tensor) || !isAnswer(value)) return value;
    throw new Fault(
      "tensor/truth",
      "a tensor is neither true nor false: JavaScript takes every one as true",
      {
        hint:
          "wait for a number: if (await x.gt(0).all().item()); element by element: where(mask, a, b), mask.and(other), mask.or(other), mask.not(); " +
          "whether it is there at all: x !== undefined",
      },
    );
  },
  $equal: (value) => {
    if (!(value instanceof Tensor)) return value;
    throw new Fault("tensor/equal", "== does not compare the numbers of tensors", {
      hint: "write a.eq(b), a mask; whether all are equal: await a.eq(b).all().item(); whether it is the same tensor: a === b",
    });
  },
};

/** What a condition is made of where its author means what is in it. */
function isAnswer({ dtype, shape }: Tensor): boolean {
  return dtype === "bool" || shape.every((size) => size === 1);
}
