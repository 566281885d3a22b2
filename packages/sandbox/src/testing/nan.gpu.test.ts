import { nanCases } from "@tilebook/tensor/testing";
import { expect, test } from "vitest";
import { openOnGpu } from "./gpu-cell.ts";

/** SwiftShader compiles each kernel for seconds. */
const slowMs = 120_000;

test.each(nanCases)(
  "[GN1] a NaN stays NaN on the GPU, too: $name",
  async ({ work, wanted }) => {
    expect(await work(openOnGpu()).array()).toEqual(wanted);
  },
  slowMs,
);
