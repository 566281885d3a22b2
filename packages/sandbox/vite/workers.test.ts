import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundleWorkers, type Workers } from "./workers.ts";

const folder = mkdtempSync(join(tmpdir(), "tilebook-workers-"));
const files = {
  "shared.js": `export default class Kept { static made = 0; constructor() { Kept.made++; } }
export const words = "a sentence that both of the workers say";
export function twice(value) { return value + value; }
`,
  "one.js": `import Kept, { words } from "./shared.js"; new Kept(); globalThis.found = [words, Kept.made, Kept.name];`,
  "two.js": `import { twice, words as said } from "./shared.js"; globalThis.found = [said, twice(2)];`,
  "alone.js": `globalThis.found = ["alone"];`,
};

beforeAll(() => {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("workers that share modules", () => {
  test.each([true, false])("[VB4] each runs with what they share before it, minified: %s", async (minify) => {
    const workers = await bundleWorkers(paths("one", "two", "alone"), minify);
    expect(found(workers, "one")).toEqual(["a sentence that both of the workers say", 1, "Kept"]);
    expect(found(workers, "two")).toEqual(["a sentence that both of the workers say", 4]);
    expect(found(workers, "alone")).toEqual(["alone"]);
  });

  test("[VB5] what they share travels once, and all files are watched", async () => {
    const { shared, own, files: watched } = await bundleWorkers(paths("one", "two"), true);
    expect(shared).toContain("a sentence");
    expect(Object.values(own).join("")).not.toContain("a sentence");
    expect(new Set(watched.map((file) => file.split("/").at(-1)))).toEqual(
      new Set(["one.js", "shared.js", "two.js"]),
    );
  });

  test("[VB6] workers that share nothing have nothing before them", async () => {
    const { shared, own } = await bundleWorkers(paths("one", "alone"), true);
    expect(shared).toBe("");
    expect(new Set(Object.keys(own))).toEqual(new Set(["alone", "one"]));
  });
});

function paths(...names: string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, join(folder, `${name}.js`)]));
}

function found({ shared, own }: Workers, name: string): unknown {
  const place: { found?: unknown } = {};
  // oxlint-disable-next-line typescript/no-implied-eval -- what a worker does with its text
  new Function("globalThis", shared + (own[name] ?? ""))(place);
  return place.found;
}
