import { seeded } from "@tilebook/base";
import { describe, expect, test } from "vitest";
import type { Tensor } from "../tensor.ts";
import { open } from "../testing/cell.ts";

type Parts = Readonly<Record<string, Tensor>>;

const random = (length: number, seed: number): number[] => {
  const next = seeded(seed);
  return Array.from({ length }, () => Math.floor(next() * 2 ** 32) | 0);
};

/** A layer of 32 outputs and 64 inputs in groups of 16. */
function gptqParts({ tensor }: ReturnType<typeof open>, bits: number, order?: (at: number) => number): Parts {
  const inWord = 32 / bits;
  const whole = (shape: readonly number[], seed: number): Tensor =>
    tensor(
      random(
        shape.reduce((a, b) => a * b),
        seed,
      ),
      { shape, dtype: "i32" },
    );
  const scales = random(128, 5).map((word) => Math.fround((word % 1024) / 512));
  return {
    "up.qweight": whole([64 / inWord, 32], 1),
    "up.qzeros": whole([4, 32 / inWord], 2),
    "up.scales": tensor(scales, { shape: [4, 32], dtype: "f16" }),
    "up.g_idx": tensor(
      Array.from({ length: 64 }, (_, at) => (order ?? ((i) => i >> 4))(at)),
      { dtype: "i32" },
    ),
  };
}

const layer = (quant: ReturnType<typeof open>["quant"], parts: Parts, bits: 2 | 4 | 8): Tensor => {
  const [qweight, qzeros, scales, gIdx] = ["qweight", "qzeros", "scales", "g_idx"].map(
    (name) => parts[`up.${name}`],
  );
  if (!qweight || !qzeros || !scales || !gIdx) throw new Error(Object.keys(parts).join(", "));
  return quant.gptq({ qweight, qzeros, scales, gIdx, bits });
};

describe("codes in safetensors files", () => {
  test.each([2, 4, 8] as const)(
    "[LW1] layers of GPTQ, %i bits, are the same bytes again, in groups of any order",
    async (bits) => {
      const cell = open();
      const { safetensors, quant } = cell;
      for (const order of [undefined, (at: number) => (at * 7) % 4]) {
        const bytes = await safetensors.write(gptqParts(cell, bits, order));
        const w = layer(quant, safetensors.read(bytes), bits);
        expect(await safetensors.write({ "up.weight": w }, undefined, { codes: "gptq" })).toEqual(bytes);
      }
    },
  );

  test("[LW2] layers of MatMulNBits are the same bytes again, with zeros and without", async () => {
    const { safetensors, quant, tensor } = open();
    const bytesOf = (shape: readonly number[], seed: number): Tensor =>
      tensor(
        random(
          shape.reduce((a, b) => a * b),
          seed,
        ).map((word) => word & 255),
        { shape, dtype: "u8" },
      );
    for (const [bits, each, row] of [
      [4, 16, 2],
      [2, 8, 1],
      [8, 32, 3],
    ] as const) {
      const codes = bytesOf([5, 3, each], bits);
      const scales = tensor(
        random(15, 9).map((word) => word % 1000),
        { shape: [5, 3] },
      );
      const points = bytesOf([5, row], 7);
      // What fills up the last byte of a row is 0.
      const zeroPoints =
        bits === 8
          ? points
          : tensor(
              (await points.data()).map((byte, at) =>
                at % row === row - 1 ? byte & (bits === 4 ? 15 : 63) : byte,
              ) as never,
              { shape: [5, row], dtype: "u8" },
            );
      for (const more of [{}, { zeroPoints }]) {
        const parts: Parts = {
          "a.codes": codes,
          "a.scales": scales,
          ...("zeroPoints" in more && { "a.zeroPoints": zeroPoints }),
        };
        const wanted = await safetensors.write(parts);
        const a = quant.matMulNBits({ codes, scales, ...more, bits });
        expect(await safetensors.write({ a }, undefined, { codes: "matMulNBits" })).toEqual(wanted);
      }
    }
  });

  test("[LW3] what cells made is read again as the same weights, beside numbers that stay", async () => {
    const { safetensors, quant, random: draws, tensor } = open();
    const w = draws.normal([32, 64], { seed: 3 });
    const bits = { int2: 2, int4: 4, int8: 8, ternary: 2 } as const;
    for (const format of ["int2", "int4", "int8", "ternary"] as const)
      for (const symmetric of format === "ternary" ? [true] : [true, false]) {
        const up = quant.quantize(w, { format, symmetric, group: 16 });
        const file = await safetensors.write(
          { up, norm: tensor([1, 2]) },
          { made: "here" },
          { codes: "gptq" },
        );
        const { norm, ...parts } = safetensors.read(file);
        expect(await norm?.array()).toEqual([1, 2]);
        expect(await layer(quant, parts, bits[format]).data()).toEqual(await up.data());
        const other = safetensors.read(await safetensors.write({ up }, undefined, { codes: "matMulNBits" }));
        const [codes, scales, zeroPoints] = ["codes", "scales", "zeroPoints"].map(
          (name) => other[`up.${name}`],
        );
        if (!codes || !scales) throw new Error("no codes");
        const again = quant.matMulNBits({
          codes,
          scales,
          ...(zeroPoints && { zeroPoints }),
          bits: bits[format],
        });
        expect(await again.data()).toEqual(await up.data());
      }
  });

  test("[LW4] without a layout they are written as numbers; what a layout has no place for is refused", async () => {
    const { safetensors, quant, random: draws } = open();
    const w = draws.normal([32, 64], { seed: 3 });
    const up = quant.quantize(w);
    const { up: numbers } = safetensors.read(await safetensors.write({ up }));
    expect(await numbers?.data()).toEqual(await up.data());
    for (const other of [
      quant.quantize(w, { format: "nf4" }),
      quant.quantize(w, { axis: 0 }),
      quant.quantize(w, { group: "tensor" }),
      up.T,
      up.reshape(2, 16, 64),
      quant.quantize(draws.normal([12, 64], { seed: 3 })),
    ])
      await expect(safetensors.write({ other }, undefined, { codes: "gptq" })).rejects.toMatchObject({
        code: "quant/layout",
      });
    await expect(safetensors.write({ up }, {}, { codes: "awq" as never })).rejects.toMatchObject({
      code: "tensor/option",
    });
  });

  test("[LW5] a name that is taken by a part of others, or by the metadata, is refused", async () => {
    const { safetensors, quant, tensor, random: draws } = open();
    const up = quant.quantize(draws.normal([32, 64], { seed: 3 }));
    const one = tensor([1]);
    for (const tensors of [
      { "up.weight": up, "up.scales": one },
      { "up.weight": up, up },
      { __metadata__: one },
    ])
      await expect(safetensors.write(tensors, {}, { codes: "gptq" })).rejects.toMatchObject({
        code: "file/name",
      });
  });
});
