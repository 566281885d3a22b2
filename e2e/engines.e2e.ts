import { day, partOfDay } from "@tilebook/ir/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { differences } from "./rig/engine/differences.ts";
import { edgeCases, mayDiffer } from "./rig/engine/edges.ts";
import { runGrid, sampled } from "./rig/engine/grid.ts";
import { gridCases } from "./rig/engine/grid-cases.ts";
import { type Engine, openEngine } from "./rig/engine/open.ts";
import { wrongKernels } from "./rig/engine/sound.ts";
import { often } from "./rig/long.ts";

// A longer run: npm run fuzz -- --count 5000 --from 1000 --engine firefox
const seeds = Array.from({ length: often(40, 200) }, (_, at) => 1 + at);

describe.each(["chromium", "firefox"] as const)("in %s", (name) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine(name);
  });
  afterAll(() => engine.close());

  test("[E2] every op and dtype on edge values, prints and asserts included, as in the interpreter", async () => {
    const how = { target: engine.target, mayDiffer: mayDiffer[name] };
    expect(await differences(engine, edgeCases, how)).toEqual([]);
  }, 120_000);

  test("[E3] the same where the device has no f16", async () => {
    const halves = edgeCases.filter((one) => one.name.includes("f16"));
    const how = { target: { ...engine.target, f16: false }, mayDiffer: mayDiffer[name] };
    expect(await differences(engine, halves, how)).toEqual([]);
  });

  test("[E5] the same where min and max of f16 are taken in f32, as on processors", async () => {
    const halves = edgeCases.filter((one) => one.name.includes("f16"));
    const how = { target: { ...engine.target, processor: true as const }, mayDiffer: mayDiffer[name] };
    expect(await differences(engine, halves, how)).toEqual([]);
  });

  test("[E1] random kernels are accepted, and do what the interpreter does", async () => {
    expect(await wrongKernels(engine, seeds)).toEqual([]);
  }, 400_000);

  // All of them: npm run grid, npm run grid:firefox
  test(`[E4] kernels in the ways that a tuner may choose, a sample of them, as in the f64 interpreter; ${partOfDay}`, async () => {
    const { wrong, ran } = await runGrid(engine, gridCases(engine.target.f16), sampled(day, often(1, 2)));
    expect(wrong).toEqual([]);
    expect(ran).toBeGreaterThan(often(25, 45));
  }, 240_000);
});
