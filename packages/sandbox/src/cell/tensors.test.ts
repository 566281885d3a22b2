import { createTensors, type Tensor } from "@tilebook/tensor";
import { type open, TestHost } from "@tilebook/tensor/testing";
import { describe, expect, test } from "vitest";
import { TensorRoom } from "./tensors.ts";

const never = (): never => {
  throw new Error("not needed here");
};

/** A room, and weights of four bits of this shape, made in it. */
function roomWith(shape: readonly [number, number]): { readonly room: TensorRoom; readonly weights: Tensor } {
  const tensors = createTensors(new TestHost());
  const { quant, tensor } = tensors.globals as unknown as Pick<ReturnType<typeof open>, "quant" | "tensor">;
  const room = new TensorRoom(tensors, { name: never, run: never, here: () => undefined });
  return { room, weights: quant.quantize(tensor.ones(shape)) };
}

describe("tensors of a run", () => {
  test("[TR1] of large weights in a list or a record codes are kept, and their numbers are not computed for being shown", async () => {
    const { room, weights } = roomWith([257, 256]);
    const value = { layer: [weights] };
    expect([room.isReady(value), room.isReady(weights)]).toEqual([true, false]);
    await room.realizeIn([value], [value]);
    expect(weights.handle).toBeUndefined();
    expect(Object.values(weights.quantized?.planes ?? {}).map(({ handle }) => typeof handle)).toEqual([
      "string",
      "string",
    ]);
    await room.realizeIn([weights]);
    expect(typeof weights.handle).toBe("string");
  });

  test("[TR2] small ones are computed for it", async () => {
    const { room, weights } = roomWith([2, 64]);
    const value = { layer: [weights] };
    expect(room.isReady(value)).toBe(false);
    await room.realizeIn([value], [value]);
    expect([typeof weights.handle, room.isReady(value)]).toEqual(["string", true]);
  });
});
