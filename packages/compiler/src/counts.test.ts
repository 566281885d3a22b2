import { readTile } from "@tilebook/ir";
import { describe, expect, test } from "vitest";
import { compileKernel } from "./compile.ts";
import { launchWork } from "./counts.ts";
import { portableTarget } from "./program.ts";

function kernelOf(params: string, ...lines: readonly string[]) {
  const text = [`kernel k(${params}) {`, ...lines.map((line) => `  ${line}`), "}", ""].join("\n");
  return readTile(text, "cell");
}

/** The work of one program. */
function workOf(params: string, ...lines: readonly string[]) {
  const { flops, bytesRead, bytesWritten } = compileKernel(kernelOf(params, ...lines), portableTarget).counts;
  return { flops, bytesRead, bytesWritten };
}

const floats = "%x.0: ptr<f32, read>, %y.1: ptr<f32, write>";
const load = ["%2: i32[64] = arange 0 64", "%3: f32[64] = load %x.0[%2]"];

describe("static counts", () => {
  test("[K1] a fold does its combine once for each element, with all of its inputs", () => {
    const fold = [
      "%4: f32, %5: f32 = fold %3, %3 axis 0 with %6, %7 and %8, %9 {",
      "  %10: f32 = add %6, %8",
      "  %11: f32 = mul %7, %9",
      "  %12: f32 = max %11, %9",
      "  yield %10, %12",
      "}",
    ];
    const stores = ["%13: i32 = programId 0", "store %y.1[%13], %4", "store %y.1[%13], %5"];
    expect(workOf(floats, ...load, ...fold, ...stores)).toEqual({
      flops: 3 * 64,
      bytesRead: 4 * 64,
      bytesWritten: 2 * 4,
    });
  });

  test("[K2] so does a scan, along any axis", () => {
    expect(
      workOf(
        floats,
        ...load,
        "%4: f32[8, 8] = reshape %3",
        "%5: f32[8, 8] = scan %4 axis 0 with %6 and %7 {",
        "  %8: f32 = add %6, %7",
        "  yield %8",
        "}",
        "%9: f32[64] = reshape %5",
        "store %y.1[%2], %9",
      ),
    ).toEqual({ flops: 64, bytesRead: 4 * 64, bytesWritten: 4 * 64 });
  });

  test("[K3] an atomic reads and writes; whole numbers are no float operations", () => {
    expect(
      workOf(
        "%x.0: ptr<i32, read>, %y.1: ptr<i32, readwrite>",
        "%2: i32[64] = arange 0 64",
        "%3: i32[64] = load %x.0[%2]",
        "%4: i32[64] = add %3, %3",
        "%5: i32[64] = atomic add %y.1[%2], %4",
      ),
    ).toEqual({ flops: 0, bytesRead: 2 * 4 * 64, bytesWritten: 4 * 64 });
  });

  test("[K4] elements of packed buffers and of f16 count with the bytes that they take there", () => {
    expect(
      workOf(
        "%x.0: ptr<i4, read>, %y.1: ptr<f16, write>",
        "%2: i32[64] = arange 0 64",
        "%3: i32[64] = load %x.0[%2]",
        "%4: f16[64] = cast %3",
        "store %y.1[%2], %4",
      ),
    ).toEqual({ flops: 0, bytesRead: 32, bytesWritten: 128 });
  });

  test("[K5] a loop that ends early counts as one turn, and is not exact; so is a branch on data, with both its arms", () => {
    const loop = kernelOf(
      "%y.0: ptr<f32, write>, %n.1: i32",
      "%2: i32 = const 0",
      "%3: f32 = const 1",
      "%4: bool = gt %n.1, %2",
      "%5: f32, %6: bool = for %7 = %2 to %n.1 step 1 while %9 carry %8 = %3, %9 = %4 {",
      "  %10: f32 = add %8, %8",
      "  yield %10, %4",
      "}",
      "store %y.0[%2], %5",
    );
    expect(launchWork(loop, [2, 1, 1], [7])).toEqual({
      flops: 2,
      bytesRead: 0,
      bytesWritten: 8,
      exact: false,
    });
    const branch = kernelOf(
      floats,
      "%2: i32 = const 0",
      "%3: f32 = load %x.0[%2]",
      "%4: bool = gt %3, %3",
      "%5: f32 = if %4 {",
      "  %6: f32 = exp %3",
      "  yield %6",
      "} else {",
      "  %7: f32 = load %x.0[%2]",
      "  yield %7",
      "}",
      "store %y.1[%2], %5",
    );
    expect(launchWork(branch, [1, 1, 1], [])).toEqual({
      flops: 1,
      bytesRead: 8,
      bytesWritten: 4,
      exact: false,
    });
  });
});
