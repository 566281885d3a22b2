import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { bundle } from "./bundle.ts";

const folder = mkdtempSync(join(tmpdir(), "tilebook-bundle-"));
afterAll(() => rmSync(folder, { recursive: true }));

const classes = `export class Kept {}
export class Child extends Kept { static deep = class Inner {}; }
export function aFunctionWithALongName(value) { return value + value; }
`;
const entry = `import { aFunctionWithALongName, Child, Kept } from "./classes.js";
globalThis.found = [Kept.name, Child.name, Child.deep.name, new Child().constructor.name, aFunctionWithALongName(2)];
`;

describe("a bundled worker", () => {
  test.each([true, false])("[VB1] classes have their names, minified: %s", async (minify) => {
    writeFileSync(join(folder, "classes.js"), classes);
    writeFileSync(join(folder, "entry.js"), entry);
    const { text, files } = await bundle(join(folder, "entry.js"), minify);
    const place: { found?: unknown } = {};
    // oxlint-disable-next-line typescript/no-implied-eval -- what a worker does with its text
    new Function("globalThis", text)(place);
    expect(place.found).toEqual(["Kept", "Child", "Inner", "Child", 4]);
    expect(text.includes("aFunctionWithALongName")).toBe(!minify);
    expect(files.map((file) => file.split("/").at(-1)).includes("classes.js")).toBe(true);
  });

  test.each([true, false])(
    "[VB2] WGSL has its comments, but for the title, unless minified: %s",
    async (minify) => {
      writeFileSync(
        join(folder, "k.wgsl"),
        "// k: the title\n//   method: none\n/** begins */\nfn main() {\n  // one\n  let a = 1; // two\n}\n",
      );
      writeFileSync(join(folder, "shader.js"), 'import text from "./k.wgsl?raw"; globalThis.found = text;');
      const { text } = await bundle(join(folder, "shader.js"), minify);
      const place: { found?: string } = {};
      // oxlint-disable-next-line typescript/no-implied-eval -- what a worker does with its text
      new Function("globalThis", text)(place);
      expect(place.found).toContain("// k: the title\n");
      expect(place.found).toContain("fn main() {\n");
      expect(place.found?.includes("method: none")).toBe(!minify);
      expect(place.found?.includes("begins")).toBe(!minify);
      expect(place.found?.includes("// one")).toBe(!minify);
    },
  );

  test("[VB3] the parser of cells has no JSX in it, and reads types as before", async () => {
    const root = fileURLToPath(new URL("../../..", import.meta.url));
    const parser = `import { Parser } from "${root}node_modules/acorn/dist/acorn.mjs";
import { tsPlugin } from "${root}node_modules/@sveltejs/acorn-typescript/index.js";
const parse = (text) => Parser.extend(tsPlugin()).parse(text, { ecmaVersion: "latest", locations: true });
globalThis.found = parse("const f = <T,>(x: T): number => (x as unknown as number) < 2 ? 1 : <any>x!;").body.length;
try { parse("const a = <b>c</b>;"); } catch (error) { globalThis.refused = error.name; }
`;
    writeFileSync(join(folder, "parser.js"), parser);
    const { text } = await bundle(join(folder, "parser.js"), true);
    const place: { found?: unknown; refused?: unknown } = {};
    // oxlint-disable-next-line typescript/no-implied-eval -- what a worker does with its text
    new Function("globalThis", text)(place);
    expect(place).toEqual({ found: 1, refused: "SyntaxError" });
    expect(text).not.toContain("jsx_readEntity");
  });
});
