import { expect, test } from "vitest";
import { nextPass } from "./next-pass.ts";

test("[F4] steps go from pass to pass and end at the ends", () => {
  const views = ["Source", "Tile IR", "Thread IR", "WGSL"].map((name) => ({ name }));
  expect(nextPass(views, "WGSL", -1)).toEqual({ before: "Tile IR", after: "Thread IR" });
  expect(nextPass(views, "Tile IR", 1)).toEqual({ before: "Tile IR", after: "Thread IR" });
  expect(nextPass(views, "WGSL", 0)).toEqual({ before: "Thread IR", after: "WGSL" });
  expect(nextPass(views, "WGSL", 1)).toBeUndefined();
  expect(nextPass(views, "Tile IR", -1)).toBeUndefined();
});
