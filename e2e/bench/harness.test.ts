import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { cells } from "./cells.ts";
import { compared } from "./compare/targets.ts";
import { harness } from "./harness.ts";

describe("the harness", () => {
  test("[H1] has every case that we are compared in, and we have a cell for each", () => {
    const found = harness.cases.filter(({ id }) => compared.includes(id));
    expect(found.map(({ id }) => id).toSorted()).toEqual(compared.toSorted());
    expect(found.filter(({ op }) => cells[op] === undefined)).toEqual([]);
  });

  test("[H2] has every engine that we are compared with", () => {
    const files = readdirSync(new URL("peers/engines", import.meta.url));
    const engines = ["jax.js", "ort.js", "tfjs.js", "wgsl-reg.js", "wgsl-sg.js", "wgsl-tiled.js"];
    expect(files).toEqual(expect.arrayContaining(engines));
  });
});
