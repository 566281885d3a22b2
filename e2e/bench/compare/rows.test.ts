import { describe, expect, test } from "vitest";
import { type BenchResult, clockOf, type Measured } from "./result.ts";
import { compareRows } from "./rows.ts";

const right = { error: 1e-7, recheck: 1e-7 };

function result(
  engines: Readonly<Record<string, Measured>>,
  cold: BenchResult["cold"][string] = {},
): BenchResult {
  const spec = { flops: 2e9, bytes: 1e8 };
  return {
    limits: { gflopsCpu: 8, gbpsCpu: 2 },
    cases: { "matmul-512": { spec, engines } },
    cold: { "matmul-512": cold },
  };
}

/** The only row of the result. */
function rowOf(found: BenchResult): ReturnType<typeof compareRows>["rows"][number] {
  const [row] = compareRows(found, "tilebook", "gpuCpuMs").rows;
  if (row === undefined) throw new Error("there is no row");
  return row;
}

function warm(dispatches: number): Measured {
  return { gpuCpuMs: 100, dispatches, peakBytes: 1, ...right };
}

function fresh(peakBytes: number, firstMs: number): Measured {
  return { peakBytes, setupMs: 10, firstMs, ...right };
}

describe("a row", () => {
  test("[R1] is our time beside the fastest library and the best by hand", () => {
    const row = rowOf(
      result({
        tilebook: { gpuCpuMs: 100, ...right },
        tfjs: { gpuCpuMs: 400, ...right },
        jax: { gpuCpuMs: 150, ...right },
        "wgsl-reg": { gpuCpuMs: 120, ...right },
        "wgsl-sg": { gpuCpuMs: 80, ...right },
      }),
    );
    expect(row.library).toEqual({ ours: 100, best: { name: "jax", value: 150 }, ratio: 1.5 });
    expect(row.hand).toEqual({ ours: 100, best: { name: "wgsl-sg", value: 80 }, ratio: 0.8 });
  });

  test("[R2] has the share of the limits: 2 GFLOP in 500 ms are half of 8 GFLOP/s", () => {
    const row = rowOf(result({ tilebook: { gpuCpuMs: 500, ...right } }));
    expect(row.ofFlops).toBeCloseTo(0.5);
    expect(row.ofBytes).toBeCloseTo(0.1);
    expect(row.library).toBeUndefined();
  });

  test.each([
    ["failed", { failed: "no device" }],
    ["was wrong", { gpuCpuMs: 1, error: 0.5, recheck: 0.5 }],
    ["was wrong at last", { gpuCpuMs: 1, error: 1e-7, recheck: 0.5 }],
    ["gave NaN", { gpuCpuMs: 1, error: null }],
  ])("[R3] an engine that %s does not lead", (_, jax) => {
    const row = rowOf(
      result({ tilebook: { gpuCpuMs: 100, ...right }, jax, ort: { gpuCpuMs: 200, ...right } }),
    );
    expect(row.library?.best.name).toBe("ort");
  });

  test("[R4] memory and the first result are those of a fresh page, dispatches those of a warm run", () => {
    const row = rowOf(
      result(
        { tilebook: warm(2), jax: warm(1) },
        { tilebook: fresh(2000, 90), jax: fresh(1000, 190), "wgsl-reg": fresh(500, 40) },
      ),
    );
    expect(row.dispatches?.ratio).toBe(0.5);
    expect(row.peakBytes?.best).toEqual({ name: "wgsl-reg", value: 500 });
    expect(row.cold).toEqual({ ours: 100, best: { name: "jax", value: 200 }, ratio: 2 });
  });

  test("[R5] where we failed there is none, and the reason is told", () => {
    const { rows, failed } = compareRows(result({ tilebook: { failed: "lost" } }), "tilebook", "gpuCpuMs");
    expect(rows).toEqual([]);
    expect(failed).toEqual(["matmul-512: lost"]);
  });
});

test("[R7] a run of cold pages alone has rows, without times", () => {
  const { rows } = compareRows(
    result({}, { tilebook: fresh(8, 90), jax: fresh(9, 40) }),
    "tilebook",
    "gpuCpuMs",
  );
  expect(rows).toMatchObject([{ id: "matmul-512", error: 1e-7, cold: { ours: 100, ratio: 0.5 } }]);
  expect(rows[0]?.ms).toBeUndefined();
});

test("[R6] the clock is the GPU process on the CPU adapter, and the wall on everything else", () => {
  expect(clockOf({ cases: {}, cold: {}, adapter: { architecture: "swiftshader" } })).toBe("gpuCpuMs");
  expect(clockOf({ cases: {}, cold: {}, adapter: { architecture: "ampere" } })).toBe("wallMs");
  expect(clockOf({ cases: {}, cold: {} })).toBe("wallMs");
});
