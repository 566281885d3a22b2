import { TileBuilder, type ValueId } from "@tilebook/ir";
import { expect, test } from "vitest";
import { gather, scale } from "../testing/kernels.ts";
import { takesAnyData } from "./any-data.ts";

/** z[place] = 1, where `place` comes from the integers at x. */
function scatter(place: (builder: TileBuilder, loaded: ValueId, own: ValueId) => ValueId): boolean {
  const builder = new TileBuilder("scatter");
  const [x, z] = [builder.pointer("x", "i32"), builder.pointer("z", "f32")];
  const own = builder.arange(0, 16);
  const loaded = builder.load({ pointer: x, offset: own });
  const offset = place(builder, loaded, own);
  builder.store({ pointer: z, offset, value: builder.full([16], 1, "f32") });
  return takesAnyData(builder.finish());
}

test("[U60] maps and sums take any data: where they read and write is their own", () => {
  expect(takesAnyData(scale.tile)).toBe(true);
  expect(takesAnyData(gather.tile)).toBe(true);
  expect(scatter((_, __, own) => own)).toBe(true);
});

/** A sum over memory, and a place that goes on beside it. The bound of the loop may come out of memory. */
function looped(fromMemory: boolean): boolean {
  const builder = new TileBuilder("sums");
  const [x, z] = [builder.pointer("x", "i32"), builder.pointer("z", "i32")];
  const [zero, one, ten] = [0, 1, 10].map((value) => builder.const(value, "i32"));
  if (zero === undefined || one === undefined || ten === undefined) throw new Error("three constants");
  const upper = fromMemory ? builder.load({ pointer: x, offset: zero }) : ten;
  const [sum = zero, place = zero] = builder.forLoop(
    { lower: zero, upper },
    [{ init: zero }, { init: zero }],
    (_, [total = zero, at = zero]) => [
      builder.binary("add", total, builder.load({ pointer: x, offset: at })),
      builder.binary("add", at, one),
    ],
  );
  builder.store({ pointer: z, offset: place, value: sum });
  return takesAnyData(builder.finish());
}

test("[U62] beside a sum over memory a place may go on in the same loop; bounds out of memory steer", () => {
  expect(looped(false)).toBe(true);
  expect(looped(true)).toBe(false);
});

test("[U61] a place that comes out of memory does not, however far it has come", () => {
  expect(scatter((_, loaded) => loaded)).toBe(false);
  expect(scatter((builder, loaded, own) => builder.binary("add", builder.unary("neg", loaded), own))).toBe(
    false,
  );
});
