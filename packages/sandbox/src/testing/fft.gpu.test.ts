import { expect, test } from "vitest";
import { openOnGpu } from "./gpu-cell.ts";

/** SwiftShader compiles each kernel for seconds. */
const slowMs = 120_000;

test(
  "[GS6] Fourier transforms on the GPU: of 4096 and of a prime, back again, within f32",
  async () => {
    const { random, fft, compare, host } = openOnGpu();
    const x = random.normal([2, 4096], { seed: 1 });
    const spectrum = fft.rfft(x);
    expect((await compare(spectrum)).nmse).toBeLessThan(1e-12);
    expect(host.dispatches.at(-1)).toBeLessThanOrEqual(8);
    expect((await compare(fft.irfft(spectrum), x)).nmse).toBeLessThan(1e-12);
    expect((await compare(fft.dct(random.normal([3, 67], { seed: 2 })))).nmse).toBeLessThan(1e-11);
  },
  slowMs,
);
