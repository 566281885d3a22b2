import { describe, expect, test } from "vitest";
import type { Tensor } from "../tensor.ts";
import { open } from "../testing/cell.ts";
import { codeOf } from "../testing/code-of.ts";

const whole = (count: number, step: number): number[] =>
  Array.from({ length: count }, (_, at) => ((at * step + (at >> 3)) % 255) - 127);

describe("products of bytes", () => {
  test.each([
    [1, 5, 16],
    [3, 40, 33],
    [37, 8, 64],
  ])("[QB1] %i x %i x %i: exactly the sums of whole numbers, times both scales", async (m, n, k) => {
    const { quant, tensor } = open();
    const [x, w] = [whole(m * k, 7), whole(n * k, 11)];
    // Each row reaches 127, and its scale is a power of two.
    for (let row = 0; row < m; row++) x[row * k] = 127;
    const codes = tensor(w, { dtype: "i8", shape: [n, k] });
    const scales = tensor(Array.from({ length: n }, (_, at) => 2 ** ((at % 5) - 2)));
    const made = await quant.matmulInt8(tensor(x, { shape: [m, k] }).div(4), { codes, scales }).data();
    const wanted = Array.from({ length: m * n }, (_, at) => {
      const [row, column] = [Math.floor(at / n), at % n];
      const parts = Array.from({ length: k }, (_none, i) => (x[row * k + i] ?? 0) * (w[column * k + i] ?? 0));
      return parts.reduce((sum, part) => sum + part, 0) * 2 ** ((column % 5) - 2) * 0.25;
    });
    expect(Array.from(made, (value) => value + 0)).toEqual(wanted.map((value) => value + 0));
  });

  test("[QB2] of many rows, with a scale for all of them: what lies beyond is cut", async () => {
    const { quant, tensor } = open();
    const weights = {
      codes: tensor(
        [
          [1, 0],
          [0, 2],
        ],
        { dtype: "i8" },
      ),
      scales: tensor([1, 1]),
    };
    const x = tensor([[[1, -3]], [[0.26, 200]]]);
    const made = quant.matmulInt8(x, weights, { scale: 0.5 });
    expect(await made.array()).toEqual([[[1, -6]], [[0.5, 127]]]);
    const same = quant.matmulInt8(x, weights, { scale: tensor([[0.5]]) });
    expect(await same.data()).toEqual(await made.data());
  });

  test("[QB3] planes of int8 by channel, near the product of floats; rows of zeros are zeros", async () => {
    const { quant, random, nmse, tensor } = open();
    const w = random.normal([64, 24], { seed: 1 });
    const x = tensor.concat([random.normal([5, 64], { seed: 2 }), tensor.zeros([1, 64])]);
    const planes = quant.quantize(w, { format: "int8", group: "channel", axis: 0 }).quantized?.planes;
    const made = await quant.matmulInt8(x, planes as Record<"codes" | "scales", Tensor>).data();
    expect(nmse(made, await x.matmul(w).data())).toBeLessThan(2e-4);
    expect(made.slice(5 * 24).every((value) => value === 0)).toBe(true);
  });

  test("[QB4] what does not fit is told", () => {
    const { quant, tensor } = open();
    const [codes, scales, x] = [tensor.ones([3, 4]).cast("i8"), tensor.ones([3]), tensor.ones([2, 4])];
    const code = (of: Tensor, weights: object, options?: object): string =>
      codeOf(() => quant.matmulInt8(of, weights as never, options));
    expect(code(x, { codes: codes.cast("i32"), scales })).toBe("quant/layout");
    expect(code(x, { codes: codes.T, scales })).toBe("quant/layout");
    expect(code(x.T, { codes, scales })).toBe("quant/layout");
    expect(code(x, { codes, scales }, { scale: scales })).toBe("quant/layout");
    expect(code(x.cast("i32"), { codes, scales })).toBe("quant/dtype");
    expect(code(x, { codes, scale: scales })).toBe("tensor/option");
  });
});
