import { portableTarget } from "@tilebook/compiler";
import { expect, test } from "vitest";
import { runGrid, sampled } from "./grid.ts";
import { gridCases } from "./grid-cases.ts";
import type { Answer, Job } from "./page.ts";

/** An engine that compiles everything and computes nothing. */
const idle = {
  target: portableTarget,
  run: (jobs: readonly Job[]): Promise<readonly Answer[]> =>
    Promise.resolve(
      jobs.map(({ buffers }) => ({
        buffers: buffers.map(({ bytes }) =>
          typeof bytes === "string" ? bytes : Buffer.alloc(bytes).toString("base64"),
        ),
      })),
    ),
};

test("[R1] a kernel that leaves its result as it was is told, with its config", async () => {
  const [first] = gridCases(false);
  const { wrong, ran, cases } = await runGrid(idle, first === undefined ? [] : [first]);
  expect(ran).toBeGreaterThan(2);
  expect(cases).toMatchObject([{ name: "matmul, aligned", codes: ran }]);
  expect(wrong.length).toBe(ran);
  expect(wrong[0]).toMatch(/^matmul, aligned, \{.*\}: its normalised error is 1\.0e\+0, at most 1e-10$/);
});

test("[R2] what the engine refuses is told with its words", async () => {
  const refusing = {
    ...idle,
    run: (jobs: readonly Job[]) => Promise.resolve(jobs.map(() => ({ refused: "no" }))),
  };
  const { wrong, ran } = await runGrid(refusing, gridCases(false).slice(0, 2), sampled(3, 2));
  expect(ran).toBe(4);
  expect(wrong[0]).toMatch(/: no\n/);
});
