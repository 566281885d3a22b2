// The notebook "Writing with a model that remembers": its reading of files of the form of Llama.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { open } from "../testing/cell.ts";
import { f32, type FileValue, ggufFile, textValue, u32 } from "../testing/gguf-file.ts";
import { runCell } from "../testing/run-cell.ts";
import type { WriterOptions } from "./settings.ts";

const sizes = { layers: 2, asking: 4, heads: 2, headSize: 4, width: 16, hidden: 24, words: 13 };
const [epsilon, base] = [1e-5, 1000];

/** Numbers in [-1, 1) that repeat after 2^32. */
function numbers(count: number, seed: number, scale: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 31 - 1) * scale;
  });
}

/** By name: rows, columns, numbers. */
function weights(): ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }> {
  const { layers, asking, heads, headSize, width, hidden, words } = sizes;
  const shapes: [string, number[]][] = [
    ["token_embd", [words, width]],
    ["output_norm", [width]],
    ["output", [words, width]],
  ];
  for (let layer = 0; layer < layers; layer++)
    shapes.push(
      [`blk.${layer}.attn_norm`, [width]],
      [`blk.${layer}.attn_q`, [asking * headSize, width]],
      [`blk.${layer}.attn_k`, [heads * headSize, width]],
      [`blk.${layer}.attn_v`, [heads * headSize, width]],
      [`blk.${layer}.attn_output`, [width, asking * headSize]],
      [`blk.${layer}.ffn_norm`, [width]],
      [`blk.${layer}.ffn_gate`, [hidden, width]],
      [`blk.${layer}.ffn_up`, [hidden, width]],
      [`blk.${layer}.ffn_down`, [width, hidden]],
    );
  return new Map(
    shapes.map(([name, shape], at) => {
      const count = shape.reduce((product, size) => product * size, 1);
      return [name, { shape, data: numbers(count, at + 1, name === "token_embd" ? 1 : 0.7) }];
    }),
  );
}

const all = weights();

const wholeNumber = (value: number): FileValue => ({ type: 4, bytes: u32(value) });

function fileOf(): Uint8Array {
  return ggufFile({
    values: {
      "general.architecture": textValue("llama"),
      "llama.block_count": wholeNumber(sizes.layers),
      "llama.embedding_length": wholeNumber(sizes.width),
      "llama.attention.head_count": wholeNumber(sizes.asking),
      "llama.attention.head_count_kv": wholeNumber(sizes.heads),
      "llama.context_length": wholeNumber(32),
      "llama.attention.layer_norm_rms_epsilon": { type: 6, bytes: f32(epsilon) },
      "llama.rope.freq_base": { type: 6, bytes: f32(base) },
    },
    tensors: Array.from(all, ([name, { shape, data }]) => ({
      name: `${name}.weight`,
      type: 0,
      sizes: shape.toReversed(),
      data: new Uint8Array(data.buffer),
    })),
  });
}

/** A row times a matrix [rows, columns], turned. */
function times(x: readonly number[], name: string): number[] {
  const { shape, data } = all.get(name) ?? { shape: [0], data: [] };
  const [rows = 0] = shape;
  return Array.from({ length: rows }, (_, row) =>
    x.reduce((sum, value, column) => sum + value * (data[row * x.length + column] ?? 0), 0),
  );
}

function rms(x: readonly number[], name: string): number[] {
  const square = x.reduce((sum, value) => sum + value * value, 0) / x.length;
  return x.map((value, at) => (value / Math.sqrt(square + epsilon)) * (all.get(name)?.data[at] ?? 0));
}

/** Pairs of neighbours within each head, turned by the place. */
function turned(x: readonly number[], place: number): number[] {
  const { headSize } = sizes;
  return x.map((value, at) => {
    const pair = Math.floor((at % headSize) / 2);
    const angle = place * base ** ((-2 * pair) / headSize);
    const other = x[at % 2 === 0 ? at + 1 : at - 1] ?? 0;
    return value * Math.cos(angle) + (at % 2 === 0 ? -other : other) * Math.sin(angle);
  });
}

function attended(q: readonly number[], k: readonly number[][], v: readonly number[][]): number[] {
  const { asking, heads, headSize } = sizes;
  return Array.from({ length: asking * headSize }, (_, at) => {
    const own = Math.floor(at / headSize) * headSize;
    const theirs = Math.floor(own / headSize / (asking / heads)) * headSize;
    const scores = k.map((key) => {
      let sum = 0;
      for (let d = 0; d < headSize; d++) sum += (q[own + d] ?? 0) * (key[theirs + d] ?? 0);
      return Math.exp(sum / Math.sqrt(headSize));
    });
    const whole = scores.reduce((sum, score) => sum + score, 0);
    return scores.reduce(
      (sum, score, row) => sum + (score / whole) * (v[row]?.[theirs + (at % headSize)] ?? 0),
      0,
    );
  });
}

const plus = (a: readonly number[], b: readonly number[]): number[] =>
  a.map((value, at) => value + (b[at] ?? 0));

/** The likeliest token behind these, by loops. */
function next(tokens: readonly number[]): number {
  const { layers, width } = sizes;
  const table = all.get("token_embd")?.data ?? [];
  let rows = tokens.map((token) => Array.from({ length: width }, (_, at) => table[token * width + at] ?? 0));
  for (let layer = 0; layer < layers; layer++) {
    const of = `blk.${layer}`;
    const normed = rows.map((row) => rms(row, `${of}.attn_norm`));
    const q = normed.map((row, place) => turned(times(row, `${of}.attn_q`), place));
    const k = normed.map((row, place) => turned(times(row, `${of}.attn_k`), place));
    const v = normed.map((row) => times(row, `${of}.attn_v`));
    rows = rows.map((row, at) =>
      plus(row, times(attended(q[at] ?? [], k.slice(0, at + 1), v.slice(0, at + 1)), `${of}.attn_output`)),
    );
    rows = rows.map((row) => {
      const inner = rms(row, `${of}.ffn_norm`);
      const [gate, up] = [times(inner, `${of}.ffn_gate`), times(inner, `${of}.ffn_up`)];
      return plus(
        row,
        times(
          gate.map((x, at) => (x / (1 + Math.exp(-x))) * (up[at] ?? 0)),
          `${of}.ffn_down`,
        ),
      );
    });
  }
  const scores = times(rms(rows.at(-1) ?? [], "output_norm"), "output");
  return scores.indexOf(Math.max(...scores));
}

describe("a file of the form of Llama, as the notebook reads it", () => {
  test("[LL1] writes what loops over its weights say", async () => {
    const path = resolve(import.meta.dirname, "../../../../public/notebooks/chat.nb.md");
    const text = /^```ts \{#llama\}\n([^]*?)^```$/m.exec(readFileSync(path, "utf8"))?.[1] ?? "";
    const cell = open();
    const { llama } = (await runCell("llama", text, { ...cell })) as {
      llama: (file: unknown) => WriterOptions;
    };
    const file = await cell.gguf.open(fileOf());
    const writer = cell.serving.writer({
      ...llama({ metadata: file.metadata, weights: await file.load() }),
      chunk: 3,
    });
    expect(writer.sizes).toMatchObject({ layers: 2, heads: 2, headSize: 4, length: 32 });
    for (const prompt of [[1, 2, 3, 4, 5], [7], [12, 0, 3]]) {
      const [found = []] = await writer.all([prompt], { most: 6 });
      const known = [...prompt];
      while (known.length < prompt.length + 6) known.push(next(known));
      expect(found).toEqual(known.slice(prompt.length));
    }
  });
});
