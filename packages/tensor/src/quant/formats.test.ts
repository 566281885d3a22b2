import { seeded } from "@tilebook/base";
import { describe, expect, test } from "vitest";
import { blockDecoders, decodeBlocks, someBlocks } from "../testing/block-decoders.ts";
import { open } from "../testing/cell.ts";
import { codeOf } from "../testing/code-of.ts";
import { f32, ggufFile } from "../testing/gguf-file.ts";

const rows = 3;

describe("tensors of GGUF files", () => {
  test.each(blockDecoders)(
    "[QF1] $name: each weight as the layout has it, [rows, columns]",
    async (format) => {
      const { gguf, reference } = open();
      const columns = format.weights * 2;
      const data = someBlocks(format, rows * 2, seeded(format.type));
      const file = ggufFile({ tensors: [{ name: "w", type: format.type, sizes: [columns, rows], data }] });
      const w = gguf.read(file).tensor("w");
      const wanted = decodeBlocks(format, data);
      expect([w.dtype, w.shape]).toEqual(["f32", [rows, columns]]);
      expect(Array.from(await w.data(), noSign)).toEqual(wanted.map(noSign));
      expect(Array.from(await reference(w), noSign)).toEqual(wanted.map(noSign));
    },
  );

  test("[QF5] bits of a weight on the device: those of the file, and a bit for want of numbers of one or three bits", () => {
    const { gguf } = open();
    const bits = blockDecoders.map((format): [string, number | undefined] => {
      const data = someBlocks(format, 1, seeded(1));
      const tensors = [{ name: "w", type: format.type, sizes: [format.weights, 1], data }];
      return [format.name, gguf.read(ggufFile({ tensors })).tensor("w").quantized?.bits];
    });
    expect(Object.fromEntries(bits)).toEqual({
      Q4_0: 4.5,
      Q4_1: 5,
      Q5_0: 6.5,
      Q5_1: 7,
      Q8_0: 8.5,
      Q4_K: 4.625,
      Q5_K: 6.625,
      Q6_K: 6.5625,
      Q2_K: 2.625,
      Q3_K: 4.5625,
      IQ4_NL: 4.5,
      IQ4_XS: 4.3125,
      TQ1_0: 2.0625,
      TQ2_0: 2.0625,
      MXFP4: 4.25,
    });
  });

  test("[QF2] numbers without blocks: f32, f16, bfloat16 as f32, whole ones", async () => {
    const { gguf } = open();
    const tensors = [
      { name: "f32", type: 0, sizes: [2, 1], data: f32(1.5, -2) },
      { name: "f16", type: 1, sizes: [2], data: [0x00, 0x3e, 0x00, 0xc0] },
      { name: "bf16", type: 30, sizes: [2], data: [0xc0, 0x3f, 0x00, 0xc0] },
      { name: "i8", type: 24, sizes: [2], data: [1, 254] },
      { name: "one", type: 0, sizes: [], data: f32(7) },
    ];
    const file = gguf.read(ggufFile({ tensors }));
    expect(await file.tensor("f32").array()).toEqual([[1.5, -2]]);
    expect([file.tensor("f16").dtype, await file.tensor("f16").array()]).toEqual(["f16", [1.5, -2]]);
    expect([file.tensor("bf16").dtype, await file.tensor("bf16").array()]).toEqual(["f32", [1.5, -2]]);
    expect([file.tensor("i8").dtype, await file.tensor("i8").array()]).toEqual(["i8", [1, -2]]);
    expect(await file.tensor("one").item()).toBe(7);
  });

  test("[QF3] types that are not read are faults of the tensors that are asked for, by name", async () => {
    const { gguf } = open();
    const tensors = [
      { name: "odd", type: 15, sizes: [256], data: new Uint8Array(292) },
      { name: "new", type: 77, sizes: [5], data: [1] },
      { name: "w", type: 0, sizes: [1], data: f32(3) },
    ];
    const file = gguf.read(ggufFile({ tensors }));
    expect(file.tensors).toEqual({
      odd: { type: "Q8_K", shape: [256], bytes: 292 },
      new: { type: "type 77", shape: [5], bytes: 0 },
      w: { type: "F32", shape: [1], bytes: 4 },
    });
    expect(() => file.tensor("odd")).toThrow(/tensor "odd" is Q8_K/);
    expect(codeOf(() => file.tensor("new"))).toBe("file/dtype");
    expect(codeOf(() => file.tensor("nothing"))).toBe("file/name");
    expect(await file.tensor("w").item()).toBe(3);
  });

  test("[QF6] a scale of MXFP4 that names no power of two makes its block NaN, zeros too (OCP Microscaling Formats 1.0, 5.4.1)", async () => {
    const { gguf } = open();
    const codes = Array.from({ length: 16 }, (_, at) => at);
    const tensors = [{ name: "w", type: 39, sizes: [64], data: [255, ...codes, 127, ...codes] }];
    const found = Array.from(await gguf.read(ggufFile({ tensors })).tensor("w").data(), Number.isNaN);
    expect(found).toEqual(found.map((_, at) => at < 32));
  });

  test("[QF4] codes are kept once, however often a tensor is asked for, until their cell runs again", async () => {
    const { gguf, tensors: room, host } = open();
    const [format] = blockDecoders;
    if (format === undefined) throw new Error("no format");
    const data = someBlocks(format, 1, seeded(1));
    const file = gguf.read(ggufFile({ tensors: [{ name: "w", type: format.type, sizes: [32, 1], data }] }));
    const scope = room.openScope("cell");
    await file.tensor("w").sum().item();
    const { size } = host.alive;
    await file.tensor("w").sum().item();
    expect(host.graphs[0]?.nodes.filter(({ kind }) => kind === "input")).toEqual(
      host.graphs[1]?.nodes.filter(({ kind }) => kind === "input"),
    );
    expect(host.alive.size - size).toBeLessThan(2);
    scope.close();
    room.openScope("cell");
    expect(await file.tensor("w").array()).toEqual([decodeBlocks(format, data)]);
  });
});

/** -0 and 0 are one number here: a code of 0 times a negative scale. */
function noSign(value: number): number {
  return value === 0 ? 0 : value;
}
