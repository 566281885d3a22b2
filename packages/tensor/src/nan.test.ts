import { expect, test } from "vitest";
import { nanCases, open } from "./testing/index.ts";

test.each(nanCases)("[NN1] a NaN stays NaN: $name", async ({ work, wanted }) => {
  expect(await work(open()).array()).toEqual(wanted);
});
