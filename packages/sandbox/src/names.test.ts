// What the editor says about the cells of the gallery.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { tileLanguageTypes } from "@tilebook/lang";
import { afterAll, describe, expect, test } from "vitest";
import { cellTypes } from "./names.ts";
import { wgslTypes } from "./wgsl-types.ts";

const root = resolve(import.meta.dirname, "../../..");
const gallery = join(root, "public/notebooks");
/** What the editor adds: the worker's own names. */
const workerTypes = readFileSync(join(root, "app/src/editor/cell-globals.txt"), "utf8");
const folder = mkdtempSync(join(tmpdir(), "tilebook-gallery-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** The cells of a notebook, one after the other. Static fences are prose. */
function cellsOf(text: string): string {
  const fences = [...text.matchAll(/^```ts(.*)\n([^]*?)^```$/gm)];
  return fences
    .flatMap(([, head = "", cell = ""]) => (head.includes(".static") ? [] : [`${cell};`]))
    .join("\n");
}

/** What the notebook's cells of WGSL give to the others. */
function typesOf(text: string): string {
  const fences = [...text.matchAll(/^```wgsl \{#(\w+).*\n([^]*?)^```$/gm)];
  return wgslTypes(fences.map(([, id = "", cell = ""]) => ({ id, text: cell })));
}

/** The complaints of the TypeScript compiler, as the editor would show them. */
function complaints(cells: string, types: string): readonly string[] {
  writeFileSync(join(folder, "cell.d.ts"), cellTypes);
  writeFileSync(join(folder, "worker.d.ts"), workerTypes);
  writeFileSync(join(folder, "tiles.d.ts"), tileLanguageTypes);
  writeFileSync(join(folder, "wgsl.d.ts"), types);
  writeFileSync(join(folder, "cell.ts"), `export {};\n${cells}`);
  const options = "--noEmit --strict --target esnext --lib esnext --skipLibCheck --module esnext".split(" ");
  try {
    const files = ["cell.d.ts", "worker.d.ts", "tiles.d.ts", "wgsl.d.ts", "cell.ts"];
    execFileSync(join(root, "node_modules/.bin/tsc"), [...options, "--types", "", ...files], {
      cwd: folder,
      encoding: "utf8",
    });
    return [];
  } catch (error) {
    const { stdout } = error as { readonly stdout: string };
    return stdout.match(/^\S+ error TS\d+.*$/gm) ?? [stdout];
  }
}

describe("the gallery in the editor", () => {
  test.each(readdirSync(gallery).filter((name) => name.endsWith(".nb.md")))(
    "[Y4] the cells of %s have no complaints of TypeScript",
    (notebook) => {
      const text = readFileSync(join(gallery, notebook), "utf8");
      const cells = cellsOf(text);
      expect(cells).toMatch(/\b(?:kernel|trainer|writer|valueAndGrad|mesh)\(/);
      expect(complaints(cells, typesOf(text))).toEqual([]);
    },
  );
});
