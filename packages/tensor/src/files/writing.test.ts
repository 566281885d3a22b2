import { describe, expect, test } from "vitest";
import { open } from "../testing/cell.ts";

describe("writing files", () => {
  test("[FW1] options in the place of the metadata are told to come third", async () => {
    const { safetensors, gguf, tensor } = open();
    const x = tensor([1, 2]);
    const wrong = [
      () => safetensors.write({ x }, { codes: "gptq" }),
      () => gguf.write({ x }, { as: "F16" }),
      () => gguf.write({ x }, { as: { x: "F32" } } as never),
    ];
    for (const write of wrong)
      await expect(write()).rejects.toMatchObject({
        code: "tensor/option",
        hint: expect.stringContaining("third") as string,
      });
    const named = await safetensors.write({ x }, { codes: "of a kind" }, {});
    expect(safetensors.read(named)["x"]).toBeDefined();
  });

  test("[FW2] metadata of safetensors is text by name", async () => {
    const { safetensors, tensor } = open();
    for (const metadata of [{ a: 1 }, { a: null }, { a: ["b"] }, "text", ["list"]])
      await expect(safetensors.write({ x: tensor([1]) }, metadata as never)).rejects.toMatchObject({
        code: "file/value",
        hint: expect.stringContaining('{ "') as string,
      });
  });

  test("[FW3] a Blob, or a File that a cell made, is opened like any other", async () => {
    const { safetensors, gguf, tensor } = open();
    const bytes = await safetensors.write({ x: tensor([1, 2, 3]) });
    const file = await safetensors.open(new Blob([new Uint8Array(bytes)]));
    expect(Array.from(await (await file.tensor("x")).data())).toEqual([1, 2, 3]);
    const model = await gguf.write({ x: tensor([4, 5]) });
    const opened = await gguf.open(new File([new Uint8Array(model)], "own.gguf"));
    expect(Array.from(await (await opened.tensor("x")).data())).toEqual([4, 5]);
  });

  test("[FW4] what GGUF has no type for is told with the name that would write it as numbers", async () => {
    const { gguf, tensor } = open();
    await expect(gguf.write({ "blk.0 up": tensor([1, 2]).cast("u8") })).rejects.toMatchObject({
      code: "file/dtype",
      hint: expect.stringContaining('as: { "blk.0 up": "F32" }') as string,
    });
  });
});
