import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { cells } from "./cells.ts";
import { harness } from "./harness.ts";

/** What the issue of speed compares us in. */
const compared = [
  "matmul-256",
  "matmul-512",
  "gemv-2048",
  "bmm-8x256",
  "softmax-1024",
  "layernorm-1024",
  "attn-128",
  "attn-512",
  "attn-causal-128",
  "attn-causal-512",
  "gqa-8/2-512",
  "gelu-chain-4M",
  "sum-4M",
];

describe("the harness", () => {
  test("[H1] has every case that we are compared in, and we have a cell for each", async () => {
    const { cases } = await harness();
    const found = cases.filter(({ id }) => compared.includes(id));
    expect(found.map(({ id }) => id).toSorted()).toEqual(compared.toSorted());
    expect(found.filter(({ op }) => cells[op] === undefined)).toEqual([]);
  });

  test("[H2] has every engine that we are compared with", () => {
    const files = readdirSync(new URL("peers/engines", import.meta.url));
    const engines = ["jax.js", "ort.js", "tfjs.js", "wgsl-reg.js", "wgsl-sg.js", "wgsl-tiled.js"];
    expect(files).toEqual(expect.arrayContaining(engines));
  });
});
