// Held to ONNX's definitions of Conv, MaxPool and AveragePool, written out here as loops over f64 numbers.
import { describe, expect, test } from "vitest";
import { open } from "../testing/cell.ts";
import type { ConvOptions } from "./convolve.ts";
import { codeOf } from "../testing/code-of.ts";

const { tensor, random, reference } = open();

interface Plain {
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

interface Lay {
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  readonly pads: readonly (readonly [number, number])[];
}

/** The element of a [n, c, h, w] tensor; nothing outside of it. */
function elementAt(
  { shape, values }: Plain,
  [n, c, y, x]: readonly [number, number, number, number],
): number | undefined {
  const [, channels = 0, height = 0, width = 0] = shape;
  if (y < 0 || x < 0 || y >= height || x >= width) return undefined;
  return values[((n * channels + c) * height + y) * width + x];
}

function outSize(size: number, window: number, at: number, { stride, dilation, pads }: Lay): number {
  const [before, after] = pads[at] ?? [0, 0];
  return Math.floor((size + before + after - (dilation[at] ?? 1) * (window - 1) - 1) / (stride[at] ?? 1)) + 1;
}

/** All elements of one window of channel c, with undefined where there is padding. */
function windowAt(
  x: Plain,
  window: readonly [number, number],
  lay: Lay,
  [n, c, oy, ox]: readonly [number, number, number, number],
): (number | undefined)[] {
  const { stride, dilation, pads } = lay;
  const found: (number | undefined)[] = [];
  for (let ky = 0; ky < window[0]; ky++)
    for (let kx = 0; kx < window[1]; kx++) {
      const y = oy * (stride[0] ?? 1) - (pads[0]?.[0] ?? 0) + ky * (dilation[0] ?? 1);
      const xx = ox * (stride[1] ?? 1) - (pads[1]?.[0] ?? 0) + kx * (dilation[1] ?? 1);
      found.push(elementAt(x, [n, c, y, xx]));
    }
  return found;
}

/** What `fold` makes of the windows at every place, for every image and every one of `out` results a place. */
function everywhere(
  x: Plain,
  window: readonly [number, number],
  lay: Lay,
  make: (windows: (c: number) => (number | undefined)[], o: number) => number,
  out: number,
): number[] {
  const [batch = 0, , height = 0, width = 0] = x.shape;
  const [rows, columns] = [outSize(height, window[0], 0, lay), outSize(width, window[1], 1, lay)];
  const result: number[] = [];
  for (let n = 0; n < batch; n++)
    for (let o = 0; o < out; o++)
      for (let oy = 0; oy < rows; oy++)
        for (let ox = 0; ox < columns; ox++)
          result.push(make((c) => windowAt(x, window, lay, [n, c, oy, ox]), o));
  return result;
}

function naiveConv(x: Plain, w: Plain, lay: Lay, groups: number): number[] {
  const [out = 0, depth = 0, kh = 0, kw = 0] = w.shape;
  const area = kh * kw;
  return everywhere(
    x,
    [kh, kw],
    lay,
    (windows, o) => {
      const group = Math.floor(o / (out / groups));
      let sum = 0;
      for (let c = 0; c < depth; c++)
        windows(group * depth + c).forEach((value, at) => {
          sum += (value ?? 0) * (w.values[(o * depth + c) * area + at] ?? NaN);
        });
      return sum;
    },
    out,
  );
}

async function plain(of: ReturnType<typeof tensor>): Promise<Plain> {
  return { shape: of.shape, values: Float64Array.from(await of.data()) };
}

const none = {
  stride: [1, 1],
  dilation: [1, 1],
  pads: [
    [0, 0],
    [0, 0],
  ],
} as const;

describe("convolutions", () => {
  test.each<readonly [string, readonly number[], readonly number[], ConvOptions, Partial<Lay>]>([
    ["plain", [2, 3, 6, 7], [5, 3, 3, 2], {}, {}],
    ["one channel, one filter", [1, 1, 5, 5], [1, 1, 3, 3], {}, {}],
    ["strides", [1, 2, 8, 9], [4, 2, 3, 3], { stride: [2, 3] }, { stride: [2, 3] }],
    [
      "padding by a number",
      [2, 2, 5, 4],
      [4, 2, 3, 3],
      { padding: 1 },
      {
        pads: [
          [1, 1],
          [1, 1],
        ],
      },
    ],
    [
      "padding by sides",
      [1, 2, 5, 4],
      [4, 2, 3, 3],
      { padding: [[2, 0], 1] },
      {
        pads: [
          [2, 0],
          [1, 1],
        ],
      },
    ],
    // ONNX SAME_UPPER: 3 windows of stride 2 over 6 need 7 elements, the odd one after.
    [
      "same, with strides",
      [1, 2, 6, 6],
      [4, 2, 3, 3],
      { padding: "same", stride: 2 },
      {
        stride: [2, 2],
        pads: [
          [0, 1],
          [0, 1],
        ],
      },
    ],
    [
      "same",
      [1, 2, 5, 5],
      [4, 2, 4, 3],
      { padding: "same" },
      {
        pads: [
          [1, 2],
          [1, 1],
        ],
      },
    ],
    ["dilation", [1, 2, 9, 9], [4, 2, 3, 2], { dilation: [2, 3] }, { dilation: [2, 3] }],
  ])("[CV1] %s: ONNX Conv's sum", async (_, size, window, options, lay) => {
    const [x, w] = [random.normal(size, { seed: 1 }), random.normal(window, { seed: 2 })];
    const found = await reference(x.conv2d(w, options));
    const wanted = naiveConv(await plain(x), await plain(w), { ...none, ...lay }, 1);
    expect(found.length).toBe(wanted.length);
    wanted.forEach((value, at) => expect(found[at]).toBeCloseTo(value, 10));
  });

  test.each([
    ["two groups", 4, 2, 8],
    ["depthwise", 4, 4, 4],
    ["depthwise, more filters", 3, 3, 15],
  ] as const)("[CV2] %s", async (_, channels, groups, out) => {
    const x = random.normal([2, channels, 5, 6], { seed: 3 });
    const w = random.normal([out, channels / groups, 3, 3], { seed: 4 });
    const found = await reference(x.conv2d(w, { groups }));
    const wanted = naiveConv(await plain(x), await plain(w), none, groups);
    expect(found.length).toBe(wanted.length);
    wanted.forEach((value, at) => expect(found[at]).toBeCloseTo(value, 10));
  });

  test("[CV3] of one axis: what a convolution of height 1 gives", async () => {
    const [x, w] = [random.normal([2, 3, 11], { seed: 5 }), random.normal([4, 3, 3], { seed: 6 })];
    const options = { stride: 2, padding: 2, dilation: 2 };
    const found = await reference(x.conv1d(w, options));
    const [flatX, flatW] = [await plain(x.expandDims(2)), await plain(w.expandDims(2))];
    const lay = {
      stride: [1, 2],
      dilation: [1, 2],
      pads: [
        [0, 0],
        [2, 2],
      ],
    } as const;
    naiveConv(flatX, flatW, lay, 1).forEach((value, at) => expect(found[at]).toBeCloseTo(value, 10));
  });

  test("[CV4] integers stay exact; shapes are ONNX's", async () => {
    const x = tensor.iota([1, 1, 1, 4]);
    const box = x.conv2d(tensor.ones([4, 1, 1, 2], "i32"));
    expect([box.dtype, box.shape, await box.at(0, 0, 0).array()]).toEqual(["i32", [1, 4, 1, 3], [1, 3, 5]]);
    expect(
      tensor.ones([1, 3, 7, 8]).conv2d(tensor.ones([2, 3, 3, 3]), { padding: "same", stride: 2 }).shape,
    ).toEqual([1, 2, 4, 4]);
  });

  test("[CV5] few filters are one fold: nothing but inputs and the result is stored", async () => {
    const cell = open();
    const x = cell.tensor.ones([1, 4, 6, 6]);
    const seen = x.conv2d(cell.tensor.ones([4, 1, 3, 3]), { groups: 4 });
    await seen.data();
    const kinds = cell.host.graphs.flatMap(({ nodes }) => nodes.map(({ kind }) => kind));
    expect(kinds).not.toContain("matmul");
  });

  test("[CV6] what does not fit is refused, and says why", () => {
    const [x, w] = [tensor.ones([1, 4, 6, 6]), tensor.ones([2, 4, 3, 3])];
    expect(codeOf(() => x.row(0).conv2d(w))).toBe("conv/shape");
    expect(codeOf(() => x.conv1d(w))).toBe("conv/shape");
    expect(codeOf(() => x.conv2d(w, { groups: 2 }))).toBe("conv/channels");
    expect(codeOf(() => x.conv2d(tensor.ones([2, 3, 3, 3])))).toBe("conv/channels");
    expect(codeOf(() => x.conv2d(w, { stride: 0 }))).toBe("conv/axes");
    expect(codeOf(() => x.conv2d(w, { stride: [1, 1, 1] }))).toBe("conv/axes");
    expect(codeOf(() => x.conv2d(w, { padding: -1 }))).toBe("conv/axes");
    expect(codeOf(() => x.conv2d(w, { padding: "full" as never }))).toBe("conv/axes");
    expect(codeOf(() => x.conv2d(w, { dilation: 3 }))).toBe("conv/window");
    expect(codeOf(() => x.maxPool2d(2, { padding: 2 }))).toBe("conv/window");
  });
});

describe("pooling", () => {
  const x = random.normal([2, 3, 7, 8], { seed: 7 });

  test.each([
    ["side by side", [2, 2], {}, { stride: [2, 2] }],
    [
      "overlapping, padded",
      [3, 3],
      { stride: 2, padding: 1 },
      {
        stride: [2, 2],
        pads: [
          [1, 1],
          [1, 1],
        ],
      },
    ],
    ["dilated", [2, 3], { stride: 1, dilation: 2 }, { dilation: [2, 2] }],
  ] as const)("[PL1] the greatest and the mean of windows %s", async (_, window, options, lay) => {
    const all = { ...none, ...lay };
    const input = await plain(x);
    const most = everywhere(input, window, all, (windows, c) => Math.max(...there(windows(c))), 3);
    expect(await reference(x.maxPool2d(window, options))).toEqual(Float64Array.from(most));
    const mean = everywhere(input, window, all, (windows, c) => average(there(windows(c))), 3);
    (await reference(x.avgPool2d(window, options))).forEach((value, at) =>
      expect(value).toBeCloseTo(mean[at] ?? NaN, 6),
    );
    const counted = everywhere(
      input,
      window,
      all,
      (windows, c) => average(windows(c).map((value) => value ?? 0)),
      3,
    );
    const found = await reference(x.avgPool2d(window, { ...options, countPadding: true }));
    found.forEach((value, at) => expect(value).toBeCloseTo(counted[at] ?? NaN, 10));
  });

  test("[PL2] of one axis, of integers, and what is left over at the end is left out", async () => {
    const line = tensor([[[1, 5, -2, 4, 3]]]);
    expect(await line.maxPool1d(2).array()).toEqual([[[5, 4]]]);
    expect(await line.avgPool1d(2, { padding: [[1, 0]] }).array()).toEqual([[[1, 1.5, 3.5]]]);
    const whole = line.cast("i32").maxPool1d(3, { stride: 2, padding: 1 });
    expect([whole.dtype, await whole.array()]).toEqual(["i32", [[[5, 5, 4]]]]);
    expect(
      await line
        .neg()
        .cast("i32")
        .sub(9)
        .maxPool1d(2, { padding: [[1, 0]] })
        .array(),
    ).toEqual([[[-10, -7, -12]]]);
  });
});

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function there(values: readonly (number | undefined)[]): number[] {
  return values.filter((value) => value !== undefined);
}
