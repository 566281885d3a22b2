import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { adam, allSizes, cellOf, rates } from "./notebook.ts";

const file = new URL("../../../public/notebooks/language-model.nb.md", import.meta.url);

describe("the notebook that the bench of a training step runs", () => {
  test("[TB3] still has the sizes, the optimizer and the model that are measured", () => {
    const notebook = readFileSync(file, "utf8");
    for (const sizes of Object.values(allSizes)) {
      const said = Object.entries(sizes).map(([name, value]) => `${name}: ${value}`);
      expect(notebook).toContain(`{ ${said.join(", ")} }`);
    }
    const { rate, steps, warmup, least } = rates;
    expect(notebook).toContain(
      `schedules.cosine({ rate: ${rate}, steps: ${steps}, warmup: ${warmup}, least: ${least} })`,
    );
    expect(notebook).toContain(`beta2: ${adam.beta2},\n    decay: ${adam.decay},\n`);
    expect(notebook).toContain(`clip: ${adam.clip},`);
    expect(cellOf(notebook, "net")).toContain("const surprise =");
    expect(() => cellOf("# nothing", "net")).toThrow(/no cell net/);
  });
});
