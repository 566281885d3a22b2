// Files that others wrote: see testing/outside/README.md.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import type { WriterOptions } from "../serve/settings.ts";
import { open } from "../testing/cell.ts";
import { runCell } from "../testing/run-cell.ts";

const folder = resolve(import.meta.dirname, "../testing/outside");
const bytesOf = (name: string): Uint8Array => new Uint8Array(readFileSync(resolve(folder, name)));

describe("files that others wrote", () => {
  test("[OW1] every type of block stands for the numbers that llama.cpp's own package decodes, to the bit", async () => {
    const { gguf } = open();
    const file = await gguf.open(bytesOf("formats.gguf"));
    const loaded = await file.load();
    const names = Object.keys(file.tensors).filter((name) => !name.endsWith(" decoded"));
    expect(names).toHaveLength(18);
    for (const name of names) {
      expect(file.tensors[name]?.type).toBe(name);
      const wanted = await loaded[`${name} decoded`]?.data();
      expect([name, await loaded[name]?.data()]).toEqual([name, wanted]);
    }
  });

  test("[OW2] values of every kind are as they were written", async () => {
    const { gguf } = open();
    const { metadata } = await gguf.open(bytesOf("formats.gguf"));
    expect(Object.fromEntries(Object.entries(metadata))).toEqual({
      "general.architecture": "none",
      text: "caf\u00e9 \u{1f600}",
      u8: 200,
      i8: -5,
      u16: 65_535,
      i16: -2,
      u32: 2 ** 32 - 1,
      i32: -1,
      u64: 2n ** 63n,
      i64: -3,
      f32: 0.5,
      f64: 1.5,
      bool: true,
      numbers: Int32Array.of(1, 2, 3),
      texts: ["a", "", "b"],
    });
  });

  test("[OW3] a model of the form of Llama, as the notebook reads it, takes the tokens of a text and writes on as llama.cpp does", async () => {
    const notebook = resolve(import.meta.dirname, "../../../../public/notebooks/chat.nb.md");
    const text = /^```ts \{#llama\}\n([^]*?)^```$/m.exec(readFileSync(notebook, "utf8"))?.[1] ?? "";
    const said = JSON.parse(readFileSync(resolve(folder, "tiny-llama.json"), "utf8")) as {
      readonly text: string;
      readonly prompt: readonly number[];
      readonly greedy: readonly number[];
    };
    const cell = open();
    const { llama } = (await runCell("llama", text, { ...cell })) as {
      llama: (model: object) => WriterOptions;
    };
    const file = await cell.gguf.open(bytesOf("tiny-llama.gguf"));
    const words = cell.tokenizer.fromGguf(file.metadata);
    expect([words.begin, ...words.encode(said.text)]).toEqual(said.prompt);
    const model = llama({ metadata: file.metadata, weights: await file.load() });
    const [greedy] = await cell.serving.writer({ ...model, chunk: 16 }).all([said.prompt], { most: 24 });
    expect(greedy).toEqual(said.greedy);
  });

  test("[OW4] numbers of safetensors' own package, with its metadata", async () => {
    const { safetensors } = open();
    const file = await safetensors.open(bytesOf("few.safetensors"));
    expect(file.metadata).toEqual({ made: "by safetensors" });
    const loaded = await file.load();
    const values = await Promise.all(
      Object.entries(loaded).map(async ([name, tensor]) => [name, [tensor.dtype, await tensor.array()]]),
    );
    expect(Object.fromEntries(values)).toEqual({
      floats: [
        "f32",
        [
          [1.5, -2],
          [Infinity, Math.fround(0.1)],
        ],
      ],
      halves: ["f16", [0.0999755859375, 65_504]],
      doubles: ["f32", [Math.fround(0.1)]],
      longs: ["i32", [-(2 ** 31), 2 ** 31 - 1]],
      bytes: ["u8", [0, 255]],
      yes: ["bool", [[1, 0, 1]]],
      one: ["i32", 7],
    });
  });

  test("[OW5] what is written of these tensors again has the same bytes for each", async () => {
    const { safetensors } = open();
    const file = await safetensors.open(bytesOf("few.safetensors"));
    const same = ["floats", "halves", "bytes", "yes", "one"];
    const again = await safetensors.open(await safetensors.write(await file.load(same), file.metadata));
    expect(again.metadata).toEqual(file.metadata);
    for (const name of same) {
      expect(again.tensors[name]).toEqual(file.tensors[name]);
      expect(await again.bytesOf(name)).toEqual(await file.bytesOf(name));
    }
  });
});
