import { seeded } from "@tilebook/base";
import { describe, expect, test } from "vitest";
import { halfBits, halfValue } from "../bytes.ts";
import type { Tensor } from "../tensor.ts";
import { open, type TestCell } from "../testing/cell.ts";
import { codeOf } from "../testing/code-of.ts";

/** A layer as its parts are meant: by output and input, or by output and group. */
interface Layer {
  readonly outputs: number;
  readonly inputs: number;
  readonly group: number;
  readonly code: (output: number, input: number) => number;
  readonly zero: (output: number, group: number) => number;
  readonly scale: (output: number, group: number) => number;
}

const table = (rows: number, columns: number, one: () => number): number[][] =>
  Array.from({ length: rows }, () => Array.from({ length: columns }, one));

function layerOf(bits: number, [outputs, inputs, group]: readonly [number, number, number]): Layer {
  const next = seeded(bits + outputs);
  const whole = (): number => Math.floor(next() * 2 ** bits);
  const codes = table(outputs, inputs, whole);
  const zeros = table(outputs, inputs / group, whole);
  const scales = table(outputs, inputs / group, () => halfValue(halfBits(next() + 0.1)));
  return {
    outputs,
    inputs,
    group,
    code: (output, input) => codes[output]?.[input] ?? 0,
    zero: (output, at) => zeros[output]?.[at] ?? 0,
    scale: (output, at) => scales[output]?.[at] ?? 0,
  };
}

type GroupOf = (input: number) => number;

/** (code - zero) scale, [outputs][inputs]. */
function weightsOf(layer: Layer, groupOf: GroupOf, zero: Layer["zero"] = layer.zero): number[][] {
  return Array.from({ length: layer.outputs }, (_, output) =>
    Array.from({ length: layer.inputs }, (_none, input) => {
      const group = groupOf(input);
      return (layer.code(output, input) - zero(output, group)) * layer.scale(output, group);
    }),
  );
}

const inARow =
  ({ group }: Layer): GroupOf =>
  (input) =>
    Math.floor(input / group);

/** Numbers of so many bits in words, the first in the lowest bits; the last word is filled up with zeros. */
function wordsOf(numbers: readonly number[], bits: number, wordBits: 8 | 32): number[] {
  const inWord = wordBits / bits;
  return Array.from({ length: Math.ceil(numbers.length / inWord) }, (_, at) => {
    const parts = numbers.slice(at * inWord, (at + 1) * inWord);
    const word = parts.reduce((sum, part, place) => sum + part * 2 ** (bits * place), 0);
    return wordBits === 32 ? word | 0 : word;
  });
}

const count = (length: number): number[] => Array.from({ length }, (_, at) => at);

/** By the page of the operator (onnxruntime, ContribOperators.md). */
function nBits(
  { tensor }: TestCell,
  layer: Layer,
  bits: number,
): Record<"codes" | "scales" | "zeroPoints", Tensor> {
  const { outputs, inputs, group } = layer;
  const groups = inputs / group;
  const rows = count(outputs);
  const codes = rows.flatMap((output) =>
    wordsOf(
      count(inputs).map((input) => layer.code(output, input)),
      bits,
      8,
    ),
  );
  const points = rows.flatMap((output) =>
    wordsOf(
      count(groups).map((at) => layer.zero(output, at)),
      bits,
      8,
    ),
  );
  const scales = rows.flatMap((output) => count(groups).map((at) => layer.scale(output, at)));
  return {
    codes: tensor(codes, { dtype: "u8", shape: [outputs, groups, (group * bits) / 8] }),
    zeroPoints: tensor(points, { dtype: "u8" }),
    scales: tensor(scales, { dtype: "f16" }),
  };
}

/** Words down the inputs, zeros across the outputs. */
function gptqOf(
  { tensor }: TestCell,
  layer: Layer,
  bits: number,
  less: number,
): Record<"qweight" | "qzeros" | "scales", Tensor> {
  const { outputs, inputs, group } = layer;
  const [inWord, groups] = [32 / bits, inputs / group];
  const columns = count(outputs).map((output) =>
    wordsOf(
      count(inputs).map((input) => layer.code(output, input)),
      bits,
      32,
    ),
  );
  const qweight = count(inputs / inWord).flatMap((row) => columns.map((column) => column[row] ?? 0));
  const kept = (zero: number): number => (zero - less + 2 ** bits) % 2 ** bits;
  const qzeros = count(groups).flatMap((at) =>
    wordsOf(
      count(outputs).map((output) => kept(layer.zero(output, at))),
      bits,
      32,
    ),
  );
  const scales = count(groups).flatMap((at) => count(outputs).map((output) => layer.scale(output, at)));
  return {
    qweight: tensor(qweight, { dtype: "i32", shape: [inputs / inWord, outputs] }),
    qzeros: tensor(qzeros, { dtype: "i32", shape: [groups, outputs / inWord] }),
    scales: tensor(scales, { dtype: "f16", shape: [groups, outputs] }),
  };
}

describe("weights in the layouts of others", () => {
  test.each([2, 4, 8])(
    "[QL1] MatMulNBits of %d bits, with zero points, without, and as floats",
    async (bits) => {
      const cell = open();
      // Three groups: a row of zero points ends within a byte.
      const layer = layerOf(bits, [5, 96, 32]);
      const { codes, scales, zeroPoints } = nBits(cell, layer, bits);
      const made = cell.quant.matMulNBits({ codes, scales, zeroPoints, bits });
      expect([made.shape, made.dtype]).toEqual([[5, 96], "f32"]);
      expect(await made.array()).toEqual(weightsOf(layer, inARow(layer)));
      const middle = cell.quant.matMulNBits({ codes, scales, bits });
      expect(await middle.array()).toEqual(weightsOf(layer, inARow(layer), () => 2 ** (bits - 1)));
      const halves = cell.tensor.full([5, 3], 1.5, "f16");
      const floats = cell.quant.matMulNBits({ codes, scales, bits, zeroPoints: halves });
      expect(await floats.array()).toEqual(weightsOf(layer, inARow(layer), () => 1.5));
      expect(made.quantized?.format).toBe(`MatMulNBits ${bits}`);
    },
  );

  test.each([2, 4, 8])("[QL2] GPTQ of %d bits: zeros less one, or as they are", async (bits) => {
    const cell = open();
    const layer = layerOf(bits, [16, 64, 32]);
    const wanted = weightsOf(layer, inARow(layer));
    const one = cell.quant.gptq({ ...gptqOf(cell, layer, bits, 1), bits });
    expect(await one.array()).toEqual(wanted);
    const two = cell.quant.gptq({ ...gptqOf(cell, layer, bits, 0), bits, version: 2 });
    expect(await two.array()).toEqual(wanted);
    expect(one.quantized?.bits).toBe(bits + (bits + 16) / 32);
  });

  test("[QL3] GPTQ with groups in another order, by input", async () => {
    const cell = open();
    const layer = layerOf(4, [8, 64, 32]);
    const order = count(64).map((input) => ((input * 7) % 64 < 32 ? 1 : 0));
    const gIdx = cell.tensor(order, { dtype: "i32" });
    const made = cell.quant.gptq({ ...gptqOf(cell, layer, 4, 1), gIdx });
    expect(await made.array()).toEqual(weightsOf(layer, (input) => order[input] ?? 0));
    // The group of each input is kept, too, in 32 bits for eight outputs.
    expect(made.quantized?.bits).toBe(4 + 20 / 32 + 4);
    const plain = cell.tensor(
      count(64).map((input) => Math.floor(input / 32)),
      { dtype: "i32" },
    );
    const inRows = cell.quant.gptq({ ...gptqOf(cell, layer, 4, 1), gIdx: plain });
    expect(await inRows.array()).toEqual(weightsOf(layer, inARow(layer)));
  });

  test("[QL4] AWQ: eight outputs in a word, the even ones first", async () => {
    const cell = open();
    const layer = layerOf(4, [16, 64, 32]);
    const places = [0, 2, 4, 6, 1, 3, 5, 7];
    const packed = (of: (output: number) => number): number[] =>
      [0, 8].flatMap((first) =>
        wordsOf(
          places.map((place) => of(first + place)),
          4,
          32,
        ),
      );
    const { tensor } = cell;
    const made = cell.quant.awq({
      qweight: tensor(
        count(64).flatMap((input) => packed((output) => layer.code(output, input))),
        { dtype: "i32", shape: [64, 2] },
      ),
      qzeros: tensor(
        count(2).flatMap((at) => packed((output) => layer.zero(output, at))),
        { dtype: "i32", shape: [2, 2] },
      ),
      scales: tensor(count(2).map((at) => count(16).map((output) => layer.scale(output, at)))).cast("f16"),
    });
    expect(await made.array()).toEqual(weightsOf(layer, inARow(layer)));
  });

  test("[QL5] what does not fit is told", () => {
    const cell = open();
    const { tensor, quant } = cell;
    const layer = layerOf(4, [16, 64, 32]);
    const [nbits, gptq] = [nBits(cell, layer, 4), gptqOf(cell, layer, 4, 1)];
    const codes = [
      () => quant.matMulNBits({ ...nbits, codes: nbits.codes.reshape(16, 32) }),
      () => quant.matMulNBits({ ...nbits, codes: nbits.codes.cast("f32") }),
      () => quant.matMulNBits({ ...nbits, scales: tensor.ones(3) }),
      () => quant.matMulNBits({ ...nbits, zeroPoints: tensor.ones(3) }),
      () => quant.gptq({ ...gptq, scales: gptq.scales.T }),
      () => quant.gptq({ ...gptq, qzeros: gptq.qweight }),
      () => quant.gptq({ ...gptq, gIdx: tensor([1, 2], { dtype: "i32" }) }),
      () =>
        quant.gptq({
          ...gptq,
          gIdx: tensor(
            count(64).map(() => 2),
            { dtype: "i32" },
          ),
        }),
      () => quant.gptq({ ...gptq, version: 3 as never }),
      () => quant.awq({ ...gptq, qweight: tensor([1], { dtype: "i32" }) }),
    ];
    expect(codes.map((act) => codeOf(act))).toEqual(codes.map(() => "quant/layout"));
    expect(codeOf(() => quant.gptq({ ...gptq, bits: 3 }))).toBe("quant/bits");
    expect(codeOf(() => quant.awq({ ...gptq, bits: 4 } as never))).toBe("tensor/option");
  });
});
