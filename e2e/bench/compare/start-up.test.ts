import { expect, test } from "vitest";
import type { BenchResult } from "./result.ts";
import { startUps } from "./start-up.ts";

function page(initMs: number): BenchResult["cold"][string] {
  return { tilebook: { loadMs: 10, initMs }, jax: { loadMs: 5, initMs: 5 } };
}

test("[S1] start-up is the median over fresh pages, load and init together; failures have none", () => {
  const cold = { a: page(20), b: page(400), c: page(30), d: { ort: { failed: "no" } } };
  expect(startUps({ cases: {}, cold })).toEqual([
    { name: "jax", ms: 10 },
    { name: "tilebook", ms: 40 },
  ]);
});
