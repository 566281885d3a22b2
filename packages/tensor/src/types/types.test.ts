// The tile language's declarations stand beside these in the editor, so they are tested together.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { tileLanguageTypes } from "@tilebook/lang";
import { afterAll, describe, expect, test } from "vitest";
import { open } from "../testing/cell.ts";
import { tensorGlobals, tensorTypes } from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "tilebook-types-"));
afterAll(() => rmSync(folder, { recursive: true }));

const root = resolve(import.meta.dirname, "../../../..");

/** What these declarations use of the browser's: in the editor they stand beside those (app/src/editor/cell-globals.txt). */
const browserTypes = "declare class AbortSignal { readonly aborted: boolean }\n";

/** What the TypeScript compiler says about a cell that stands on these declarations, by the codes of its complaints. */
function complaints(cell: string): readonly string[] {
  writeFileSync(join(folder, "cell.d.ts"), browserTypes + tensorTypes);
  writeFileSync(join(folder, "tiles.d.ts"), tileLanguageTypes);
  writeFileSync(join(folder, "cell.ts"), `export {};\n${cell}`);
  const tsc = join(root, "node_modules/.bin/tsc");
  const flags = [
    "--noEmit",
    "--strict",
    "--target",
    "esnext",
    "--lib",
    "esnext",
    "--module",
    "esnext",
    "--types",
    "",
  ];
  try {
    execFileSync(tsc, [...flags, "cell.d.ts", "tiles.d.ts", "cell.ts"], { cwd: folder, encoding: "utf8" });
    return [];
  } catch (error) {
    const { stdout } = error as { readonly stdout: string };
    return stdout.match(/^\S+ error TS\d+.*$/gm) ?? [stdout];
  }
}

describe("the editor's types", () => {
  test("[Y1] name exactly what cells get", () => {
    const { host, tensors, ...globals } = open();
    expect(Object.keys(globals).toSorted()).toEqual([...tensorGlobals].toSorted());
    const declared = [...tensorTypes.matchAll(/^declare (?:class|const|function) (\w+)/gm)].map(
      ([, name]) => name,
    );
    expect(new Set(declared)).toEqual(new Set(tensorGlobals));
    expect([host, tensors]).toHaveLength(2);
  });

  test("[Y2] accept what the documentation shows", () => {
    const cell = `
      const x = tensor([[1, 2], [3, 4]]);
      const y = x.sub(x.mean(1, { keep: true })).exp().T.softmax();
      const values: number[] = [...(await y.data()).map((value) => value * 2)];
      const total = (await y.data()).reduce((sum, value) => sum + value, 0);
      const where2 = where(x.gt(0), x, 0).sum([0, 1]).item();
      declare const f: Kernel;
      const one: Tensor = f.launch(4, x, out([2, 2]), 5, true);
      const [a, b] = f.launch([4, 1], x, out(2), out([2], "i32"));
      const mean = a.add(b).mean();
      const { milliseconds } = await time(() => attention(x, x, x, { causal: true }));
      const shown = [
        await imageGrid(x.reshape(1, 2, 2), { columns: 1, labels: [1, "a"] }),
        table([{ n: 1 }], { label: "t" }),
        plot({ marks: [mark.line([{ n: 1 }], { x: "n" })], x: { type: "log" } }),
        md\`$\\tau$ is \${total}\`,
        check("error", (await compare(y)).nmse, { atMost: 1e-10 }),
      ];
      const picked = x.take(random.permutation(2, { seed: 1 })).take(tensor([0], { dtype: "i32" }));
      const eye = tensor.eye(10, "f16");
      const scalar: number = await mean.item();
    `;
    expect(complaints(cell)).toEqual([]);
  });

  test("[Y3] refuse what would be a fault", () => {
    const cell = `
      const x = tensor([1, 2]);
      x.add([1, 2]);
      x.cast("f64");
      declare const f: Kernel;
      const wrong: number = f.launch(1, x, out(2));
      check("error", 1, { atmost: 1 });
      tensor("text");
    `;
    expect(complaints(cell).length).toBe(5);
  });
});
