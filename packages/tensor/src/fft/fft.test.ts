import { describe, expect, test } from "vitest";
import { open } from "../testing/cell.ts";

type Complex = readonly [number, number];

/** The definition, in f64: sum of x[j] exp(sign 2 pi i j k / n). */
function naive(x: readonly Complex[], sign: number): readonly Complex[] {
  return x.map((_, k) => {
    let [re, im] = [0, 0];
    for (const [j, [a, b]] of x.entries()) {
      const angle = (sign * 2 * Math.PI * ((j * k) % x.length)) / x.length;
      re += a * Math.cos(angle) - b * Math.sin(angle);
      im += a * Math.sin(angle) + b * Math.cos(angle);
    }
    return [re, im];
  });
}

const wave = (n: number): readonly Complex[] =>
  Array.from(
    { length: n },
    (_, j) => [Math.sin(3 * j + 1) + j / n, Math.cos(j * j)].map(Math.fround) as unknown as Complex,
  );

describe("fft", () => {
  test.each([1, 2, 3, 5, 8, 30, 60, 64, 67, 90, 101, 128, 134, 360, 500, 1024, 4400])(
    "[FF1] of %i numbers is that of the definition, forward and back",
    async (n) => {
      const { tensor, fft, nmse, reference } = open();
      const x = wave(n);
      const spectrum = fft.fft(tensor(x));
      expect(nmse(await reference(spectrum), naive(x, -1).flat())).toBeLessThan(1e-12);
      expect(nmse(await reference(fft.ifft(spectrum)), x.flat())).toBeLessThan(1e-12);
    },
  );

  test("[FF2] of real numbers along any axis, odd and even, and back", async () => {
    const { random, fft, reference, nmse } = open();
    for (const [shape, axis] of [
      [[3, 10], 1],
      [[9, 2, 2], 0],
      [[2, 75, 3], -2],
    ] as const) {
      const x = random.normal(shape, { seed: 1 });
      const spectrum = fft.rfft(x, axis);
      const n = shape.at(axis) ?? 1;
      const at = axis < 0 ? axis + shape.length : axis;
      expect(spectrum.shape).toEqual([
        ...shape.map((size, one) => (one === at ? Math.floor(n / 2) + 1 : size)),
        2,
      ]);
      const back = fft.irfft(spectrum, { axis, n });
      expect(nmse(await reference(back), await x.data())).toBeLessThan(1e-12);
    }
    const five = await fft.rfft(random.uniform(5, { seed: 2 })).data();
    const row = Array.from(await random.uniform(5, { seed: 2 }).data(), (value): Complex => [value, 0]);
    expect(nmse(Array.from(five), naive(row, -1).slice(0, 3).flat())).toBeLessThan(1e-12);
  });

  test.each([1, 2, 7, 16, 50])(
    "[FF3] the cosine transform of %i numbers is that of the definition, and its inverse undoes it",
    async (n) => {
      const { random, fft, nmse, reference } = open();
      const x = random.normal([2, n], { seed: 3 });
      const rows = (await x.array()) as readonly (readonly number[])[];
      const wanted = rows.flatMap((row) =>
        row.map((_, k) =>
          row.reduce((sum, value, j) => sum + 2 * value * Math.cos((Math.PI * k * (2 * j + 1)) / (2 * n)), 0),
        ),
      );
      expect(nmse(await reference(fft.dct(x)), wanted)).toBeLessThan(1e-12);
      expect(nmse(await reference(fft.idct(fft.dct(x))), rows.flat())).toBeLessThan(1e-12);
    },
  );

  test("[FF4] what is not complex, and a length that does not fit, are faults", () => {
    const { tensor, fft } = open();
    expect(() => fft.fft(tensor([1, 2, 3]))).toThrow(expect.objectContaining({ code: "shape/complex" }));
    expect(() =>
      fft.irfft(
        tensor([
          [1, 2],
          [3, 4],
        ]),
        { n: 7 },
      ),
    ).toThrow(expect.objectContaining({ code: "shape/irfft" }));
    expect(() => fft.rfft(tensor([1, 2]), 1)).toThrow(expect.objectContaining({ code: "shape/axis" }));
  });
});
