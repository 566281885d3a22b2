import { expect, test } from "vitest";
import { AskedMeshes } from "./asked-meshes.ts";

test("[AM1] cells hear of it once when their wish would be answered by others, and only they", () => {
  const there = ["host", "ada"];
  const keyOf = (wish: unknown): string =>
    typeof wish === "number" ? (there.length < wish ? "few" : there.slice(0, wish).join()) : there.join();
  const meshes = new AskedMeshes(keyOf);
  meshes.asked({ run: 1, cell: "all" }, undefined);
  meshes.asked({ run: 2, cell: "two" }, 2);
  meshes.asked({ run: 3, cell: "three" }, 3);
  expect(meshes.changed()).toEqual([]);
  there.push("bo");
  expect(meshes.changed()).toEqual(["all", "three"]);
  expect(meshes.changed()).toEqual([]);
  there.pop();
  there.pop();
  expect(meshes.changed()).toEqual(["all", "two", "three"]);
});

test("[AM2] what an earlier run of a cell asked for does not count any more", () => {
  let there = "a";
  const meshes = new AskedMeshes((wish) => (wish === undefined ? there : "fixed"));
  meshes.asked({ run: 1, cell: "c" }, undefined);
  meshes.asked({ run: 2, cell: "c" }, 4);
  there = "b";
  expect(meshes.changed()).toEqual([]);
});
