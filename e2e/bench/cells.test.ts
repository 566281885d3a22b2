import { openGpu } from "@tilebook/runtime";
import { dawn } from "@tilebook/runtime/testing";
import { createTensors } from "@tilebook/tensor";
import { describe, expect, test } from "vitest";
import { cells } from "./cells.ts";
import { prepare } from "./engine.ts";
import { harness } from "./harness.ts";
import { BenchHost } from "./host.ts";
import type { Spec } from "./inputs.ts";

/** Sizes that Node has soon done, ragged where the cells allow it. */
const small: readonly Spec[] = [
  { id: "product", op: "matmul", M: 40, N: 24, K: 36 },
  { id: "row times matrix", op: "matmul", M: 1, N: 48, K: 64 },
  { id: "batch", op: "matmul", B: 2, M: 16, N: 20, K: 8 },
  { id: "softmax", op: "softmax", R: 37, C: 100 },
  { id: "layer norm", op: "layernorm", R: 37, C: 100 },
  { id: "attention", op: "attention", S: 24, H: 2, Hkv: 2, D: 64, causal: false },
  { id: "causal attention", op: "attention", S: 24, H: 2, Hkv: 2, D: 64, causal: true },
  { id: "shared heads", op: "attention", S: 24, H: 4, Hkv: 2, D: 64, causal: true },
  { id: "4 bits, a vector", op: "matmul4", M: 1, N: 40, K: 64, block: 32 },
  { id: "4 bits, a matrix", op: "matmul4", M: 20, N: 40, K: 64, block: 32 },
  { id: "experts", op: "moe", T: 20, H: 24, F: 40, E: 5, top: 2 },
  { id: "experts of 4 bits", op: "moe4", T: 20, H: 64, F: 32, E: 5, top: 2, block: 32 },
  { id: "gelu", op: "geluchain", n: 1000 },
  { id: "sum", op: "sum", n: 1000 },
  { id: "transformer block", op: "block", S: 24, H: 2, D: 64, F: 200 },
];

const forms = small.flatMap((spec) =>
  (cells[spec.op] ?? []).map((cell) => ({ about: `${spec.id}: ${cell.note}`, spec, cell })),
);

describe("the bench's cells", async () => {
  const executor = await openGpu({ gpu: dawn(), budgetBytes: 2 ** 28 });
  const tensors = createTensors(new BenchHost(executor));
  const { ops, rng, relFrobenius } = harness;

  test.each(forms)("[B1] $about is what the harness says it is", async ({ spec, cell }) => {
    const op = ops[spec.op];
    if (op === undefined) throw new Error(`the harness has no ${spec.op}`);
    const inputs = op.inputs(spec, rng(1));
    const prepared = await prepare(tensors, cell, { spec, inputs });
    const [first, second] = [await prepared.run(), await prepared.run()];
    const want = op.reference(spec, inputs);
    expect(relFrobenius(await prepared.read(first), want)).toBeLessThan(1e-5);
    expect(relFrobenius(await prepared.read(second), want)).toBeLessThan(1e-5);
    for (const out of [first, second]) prepared.free(out);
    prepared.dispose();
    expect(executor.memory().tensors).toBe(0);
  });

  test("[B2] each op has a test, in each of its forms", () => {
    expect(new Set(forms.map(({ spec }) => spec.op))).toEqual(new Set(Object.keys(cells)));
  });
});
