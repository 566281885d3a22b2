// A writer's steps on a real WebGPU: the same kernels as in cells.
import { open, tinyModel } from "@tilebook/tensor/testing";
import { describe, expect, test } from "vitest";
import { openOnExecutor } from "./executor-cell.ts";

/** SwiftShader compiles each kernel for seconds. */
const slowMs = 300_000;

const prompts = [[3, 1, 4, 1, 5, 9, 2, 6], [2], [7, 1, 8], [1, 6, 1, 8, 0]];

describe("a writer on the GPU", () => {
  test(
    "[SG2] keys and values in codes: the text is that of the interpreter",
    async () => {
      const [cell, plain] = [await openOnExecutor(), open()];
      const [found, wanted] = await Promise.all(
        [cell, plain].map(async (one) => {
          const { model, sizes } = tinyModel(one);
          const writer = one.serving.writer({ model, ...sizes, length: 16, page: 4, chunk: 8, dtype: "i8" });
          return writer.all(prompts.slice(0, 3), { most: 6 });
        }),
      );
      expect(found).toEqual(wanted);
      cell.host.close();
    },
    slowMs,
  );

  test(
    "[SG1] several texts in one go are those of the model over the whole text; steps leave nothing behind",
    async () => {
      const cell = await openOnExecutor();
      const tiny = tinyModel(cell, 2);
      const scope = cell.tensors.openScope("writer");
      const writer = cell.serving.writer({
        model: tiny.model,
        ...tiny.sizes,
        sequences: 2,
        length: 24,
        page: 4,
        chunk: 8,
      });
      const found = await writer.all(prompts, { most: 6 });
      const { tensors, liveBytes } = cell.executor.memory();
      await writer.all(prompts, { most: 4, temperature: 1, topK: 4, topP: 0.9 });
      expect(cell.executor.memory()).toMatchObject({ tensors, liveBytes });
      const all = cell.executor.memory().liveBytes;
      scope.close();
      // And the table of pages.
      expect(all - cell.executor.memory().liveBytes).toBe(writer.bytes + 48);
      const scores = await tiny
        .whole([...(prompts[0] ?? []), ...(found[0] ?? [])])
        .argmax(1)
        .data();
      expect([...scores].slice(7, 13)).toEqual(found[0]);
      cell.host.close();
    },
    slowMs,
  );
});
