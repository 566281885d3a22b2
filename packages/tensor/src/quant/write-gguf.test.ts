import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { seeded } from "@tilebook/base";
import { describe, expect, test } from "vitest";
import { blockDecoders, someBlocks } from "../testing/block-decoders.ts";
import { open } from "../testing/cell.ts";
import { ggufFile } from "../testing/gguf-file.ts";
import { readGguf } from "./gguf.ts";
import type { QuantizeOptions } from "./scheme.ts";

const outside = (name: string): Uint8Array =>
  new Uint8Array(readFileSync(resolve(import.meta.dirname, "../testing/outside", name)));

const hash = async (bytes: Uint8Array): Promise<string> =>
  Buffer.from(await crypto.subtle.digest("SHA-256", bytes.slice())).toString("hex");

describe("GGUF files that are written", () => {
  test.each(blockDecoders)("[GW1] $name: any blocks are the same bytes again", async (format) => {
    const { gguf } = open();
    // Of bytes that hold digits to the base 3 one stands for each five: those of a writer.
    const any = someBlocks(format, 6, seeded(format.type));
    const data =
      format.name === "TQ1_0" ? any.map((byte, at) => (at % 54 < 52 ? canonical(byte, at % 54) : byte)) : any;
    const sizes = [format.weights * 2, 3];
    const file = gguf.read(ggufFile({ tensors: [{ name: "w", type: format.type, sizes, data }] }));
    const again = readGguf(await gguf.write({ w: file.tensor("w") })).entries.get("w");
    expect([again?.format.name, again?.shape]).toEqual([format.name, sizes.toReversed()]);
    const bytes = await gguf.write({ w: file.tensor("w") });
    expect(Array.from(bytes.subarray(again?.begin, again?.end))).toEqual(data);
  });

  test("[GW2] files that llama.cpp's package wrote are the same bytes, read and written", async () => {
    const { gguf } = open();
    for (const name of ["formats.gguf", "tiny-llama.gguf"]) {
      const bytes = outside(name);
      const file = await gguf.open(bytes);
      const as = "BF16" in file.tensors ? { BF16: "BF16" as const } : {};
      const again = await gguf.write(await file.load(), file.metadata, { as });
      expect([name, again.byteLength, await hash(again)]).toEqual([
        name,
        bytes.byteLength,
        await hash(bytes),
      ]);
    }
  });

  test("[GW3] what cells made becomes the smallest type that has the very same weights", async () => {
    const { gguf, quant, random } = open();
    const w = random.normal([4, 512], { seed: 3 });
    const made: readonly (readonly [type: string, options: QuantizeOptions])[] = [
      ["Q4_0", {}],
      ["Q4_0", { group: "channel" }],
      ["Q4_0", { group: "tensor", format: "int2" }],
      ["Q4_0", { format: "int2", symmetric: false }],
      ["Q4_0", { format: "ternary" }],
      ["TQ2_0", { format: "ternary", group: 256 }],
      ["TQ2_0", { format: "ternary", group: "channel" }],
      ["Q5_0", { symmetric: false }],
      ["Q8_0", { format: "int8", group: 64 }],
      ["MXFP4", { format: "mxfp4" }],
    ];
    const tensors = Object.fromEntries(made.map(([, options], at) => [`w${at}`, quant.quantize(w, options)]));
    const file = gguf.read(await gguf.write(tensors));
    for (const [name, given] of Object.entries(tensors)) {
      const [type, options] = made[Number(name.slice(1))] ?? [];
      expect([options, file.tensors[name]?.type]).toEqual([options, type]);
      expect(await file.tensor(name).data()).toEqual(await given.data());
    }
  });

  test("[GW4] so do layouts of others, whose zeros are of each group", async () => {
    const { gguf, quant, tensor, random } = open();
    const codes = random.uniform([2, 4, 16], { seed: 1, high: 256 }).floor().cast("i32").cast("u8");
    const scales = tensor([1, 0.5, 0.25, -3, 2, 0.125, 7, 1], { dtype: "f16", shape: [2, 4] });
    const zeroPoints = tensor([0x21, 0x43, 0x87, 0xa9], { dtype: "u8", shape: [2, 2] });
    const tensors = {
      plain: quant.matMulNBits({ codes, scales }),
      shifted: quant.matMulNBits({ codes, scales, zeroPoints }),
      halves: quant.matMulNBits({ codes, scales: scales.cast("f32") }),
    };
    const file = gguf.read(await gguf.write(tensors));
    const types = Object.values(file.tensors).map(({ type }) => type);
    expect(types).toEqual(["Q4_0", "Q5_0", "Q4_0"]);
    for (const [name, given] of Object.entries(tensors))
      expect(await file.tensor(name).data()).toEqual(await given.data());
  });

  test("[GW5] a view has its codes where it is all of them in their order, and is refused where not", async () => {
    const { gguf, quant, random } = open();
    const w = quant.quantize(random.normal([64, 64], { seed: 3 }), { axis: 0 });
    const file = gguf.read(await gguf.write({ a: w.T, b: w.T.reshape(2, 1, 32, 64).permute(1, 0, 2, 3) }));
    expect(Object.values(file.tensors)).toEqual([
      { type: "Q4_0", shape: [64, 64], bytes: 2304 },
      { type: "Q4_0", shape: [1, 2, 32, 64], bytes: 2304 },
    ]);
    expect(await file.tensor("a").data()).toEqual(await w.T.data());
    for (const other of [w, w.T.slice(0, 1), w.T.slice(0, 0, 32), w.reshape(32, 128), w.T.reshape(256, 16)])
      await expect(gguf.write({ other })).rejects.toMatchObject({ code: "file/dtype" });
  });

  test("[GW6] what has no type in the file is told with those that have, and written as numbers where that is asked", async () => {
    const { gguf, quant, random, tensor, host } = open();
    host.span = { source: "cell", start: 6, end: 10 };
    const w = random.normal([4, 64], { seed: 3 });
    const refused = {
      nf4: quant.quantize(w, { format: "nf4" }),
      fp8: quant.quantize(w, { format: "fp8" }),
      own: quant.quantize(w, { levels: [-1, 0, 1] }),
      groups: quant.quantize(w, { group: 16 }),
      scales: quant.quantize(w, { scales: "f32" }),
      wide: quant.quantize(w, { format: "int8", symmetric: false }),
      bool: w.gt(0),
    };
    for (const [name, other] of Object.entries(refused)) {
      const written = gguf.write({ [name]: other });
      await expect(written).rejects.toMatchObject({ code: "file/dtype", span: host.span });
      await expect(written).rejects.toThrow(JSON.stringify(name));
      const file = gguf.read(await gguf.write({ w, [name]: other }, {}, { as: { [name]: "F32" } }));
      expect(file.tensors[name]?.type).toBe("F32");
      expect(Array.from(await file.tensor(name).data())).toEqual(Array.from(await other.data()));
    }
    const near = Float32Array.of(1, 1.00390625, 1.01171875, -3.4e38, Number.NaN);
    const halves = gguf.read(await gguf.write({ x: tensor([...near]) }, {}, { as: "BF16" }));
    expect(Array.from(await halves.tensor("x").data())).toEqual([1, 1, 1.015625, -Infinity, Number.NaN]);
    const code = async (...given: Parameters<typeof gguf.write>): Promise<unknown> =>
      gguf.write(...given).then(
        () => "none",
        (error: unknown) => (error as { code: unknown }).code,
      );
    expect(await code({ ["n".repeat(64)]: w })).toBe("file/name");
    expect(await code({ w: w.reshape(1, 1, 1, 4, 64) })).toBe("file/shape");
    expect(await code({ w }, { "general.alignment": 24 })).toBe("file/broken");
    expect(await code({ w }, { "general.alignment": { u32: 64 } })).toBe("none");
    expect(await code({ w }, {}, { as: { v: "F32" } })).toBe("tensor/option");
    expect(await code({ w }, {}, { as: "Q4_0" as never })).toBe("tensor/option");
    expect(await code(w as never)).toBe("tensor/argument");
    expect(await code({ w: [1] as never })).toBe("tensor/operand");
    for (const odd of [{}, undefined, null, { f33: 1 }, { u8: 256 }, [[1]], ["a", 1], { u8: 1.5 }, () => 1])
      expect(await code({ w }, { odd } as never)).toBe("file/value");
  });

  test("[GW7] values have the types that they had, or that are said, or those that llama.cpp wants of most", async () => {
    const { gguf, tensor } = open();
    const given = {
      text: "caf\u00e9",
      yes: true,
      count: 7,
      less: -7,
      long: 2 ** 40,
      huge: 2n ** 63n,
      part: 1e-5,
      base: { f32: 10_000 },
      byte: { u8: 3 },
      words: ["a", ""],
      ids: [1, 2, -3],
      scores: [0, -0.5],
      flags: [true, false],
      none: [],
      floats: Float32Array.of(1, 2),
      longs: [-1, 2n ** 62n],
    };
    const wanted = [8, 7, 4, 5, 11, 10, 6, 6, 0, 8, 5, 6, 7, 8, 6, 11];
    const names = Object.keys(given);
    const bytes = await gguf.write({ w: tensor([1]) }, given);
    expect(typed(bytes)).toEqual(Object.fromEntries(names.map((name, at) => [name, wanted[at]])));
    const { metadata } = gguf.read(bytes);
    expect(metadata).toMatchObject({
      ...given,
      part: Math.fround(1e-5),
      base: 10_000,
      byte: 3,
      ids: Int32Array.of(1, 2, -3),
      scores: Float32Array.of(0, -0.5),
      flags: Uint8Array.of(1, 0),
    });
    const changed = await gguf.write(
      { w: tensor([1]) },
      { ...metadata, byte: 4, less: 8, base: 0.1, count: 2.5, more: 1 },
    );
    expect(typed(changed)).toEqual({ ...typed(bytes), count: 6, more: 4 });
    expect(gguf.read(changed).metadata).toMatchObject({
      byte: 4,
      less: 8,
      base: Math.fround(0.1),
      count: 2.5,
      more: 1,
    });
  });

  /** gguf 0.19.0 of llama.cpp reads this file, and decodes each tensor of it to our numbers (28 November 2026). */
  test("[GW8] a file that llama.cpp's package was seen to read is written to the byte", async () => {
    const { gguf, quant, random, tensor } = open();
    const w = random.normal([4, 512], { seed: 3 });
    const options: readonly QuantizeOptions[] = [
      {},
      { group: "channel" },
      { format: "int2", symmetric: false },
      { format: "ternary", group: 256 },
      { symmetric: false },
      { format: "int8" },
      { format: "mxfp4" },
    ];
    const made = options.map((one, at) => [`w${at}`, quant.quantize(w, one)] as const);
    const numbers = {
      w,
      half: w.cast("f16"),
      bytes: tensor([[1, -2, 3]], { dtype: "i8" }),
      whole: tensor([1, -70_000], { dtype: "i32" }),
      bf: w.slice(0, 0, 1),
    };
    const values = { "general.architecture": "none", eps: 1e-5, n: 4, ids: [1, 2], words: ["a", "\u00e9"] };
    const file = await gguf.write({ ...Object.fromEntries(made), ...numbers }, values, {
      as: { bf: "BF16" },
    });
    expect(await hash(file)).toBe("126e34525e4e31ee55887ccb2532a97c567e2f0c071dc36830839a70c9460d16");
  });
});

/** The types of values, of lists those of their elements. */
function typed(bytes: Uint8Array): object {
  return Object.fromEntries(
    Array.from(readGguf(bytes).metadata, ([name, { type, of }]) => [name, of ?? type]),
  );
}

/** The byte that ggml writes for the digits of another: rounded up. */
function canonical(byte: number, at: number): number {
  const count = at < 48 ? 5 : 4;
  const whole = Math.floor((byte * 3 ** count) / 256);
  return Math.ceil((whole * 3 ** (5 - count) * 256) / 243);
}
