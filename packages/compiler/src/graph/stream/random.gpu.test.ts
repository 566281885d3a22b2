import { firstOfToday, often } from "@tilebook/ir/testing";
import { describe, expect, test } from "vitest";
import { type Choice, type Config, portableTarget, type Target } from "../../program.ts";
import { agrees } from "../../testing/agrees.ts";
import { randomGraph } from "../../testing/random-graph.ts";
import { runTiles } from "../../testing/run-tiles.ts";

// A longer run: FUZZ_FIRST=1000 FUZZ_COUNT=5000 npx vitest run packages/compiler/src/graph/stream/random.gpu.test.ts
const count = Number(process.env["FUZZ_COUNT"] ?? often(40, 80));
const first = Number(process.env["FUZZ_FIRST"] ?? firstOfToday(40, 80));
const seeds = Array.from({ length: count }, (_, index) => first + index);

/** Another way to go for each graph, and a device that binds few buffers or many for every third. */
function how(seed: number): {
  readonly target: Target;
  readonly choose: (choice: Choice) => Config | undefined;
} {
  const storageBuffers = [5, portableTarget.storageBuffers, 10][seed % 3] ?? 8;
  const choose = ({ configs }: Choice): Config | undefined => configs[seed % configs.length];
  return { target: { ...portableTarget, storageBuffers }, choose };
}

describe("random graphs of products, folds and maps", () => {
  test("[A20] as kernels, each in f64, they equal the f64 interpreter; many of them have streams, or kernels of rows", async () => {
    let [fused, inRows] = [0, 0];
    const wrong: string[] = [];
    for (const seed of seeds) {
      try {
        const { target, choose } = how(seed);
        const { remarks, dispatches } = await agrees(randomGraph(seed), {
          target,
          choose,
          run: runTiles,
          most: 1e-20,
        });
        const bound = Math.max(...dispatches.map(({ buffers }) => buffers.length));
        expect(bound).toBeLessThanOrEqual(target.storageBuffers);
        if (remarks.some(({ code }) => code === "fused/stream")) fused += 1;
        if (remarks.some(({ code }) => code === "fused/rows")) inRows += 1;
      } catch (error) {
        wrong.push(`seed ${seed}: ${String(error)}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(fused).toBeGreaterThan(count / 5);
    expect(inRows).toBeGreaterThan(count / 5);
  }, 600_000);

  test.each(seeds.slice(0, 2))("[A21] so they do on the GPU: seed %i", async (seed) => {
    const { dispatches } = await agrees(randomGraph(seed), { ...how(seed), most: 1e-8 });
    expect(dispatches.length).toBeGreaterThan(0);
  });
});
