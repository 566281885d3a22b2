import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Engine, openEngine } from "./rig/engine/open.ts";
import { wrongKernels } from "./rig/engine/sound.ts";

// A longer run: npm run fuzz -- --count 5000 --first 1000 --engine firefox
const seeds = Array.from({ length: 200 }, (_, at) => 1 + at);

describe.each(["chromium", "firefox"] as const)("in %s", (name) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine(name);
  });
  afterAll(() => engine.close());

  test("[E1] 200 random kernels are accepted, and do what the interpreter does", async () => {
    expect(await wrongKernels(engine, seeds)).toEqual([]);
  }, 400_000);
});
