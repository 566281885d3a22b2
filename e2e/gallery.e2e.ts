import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { CellState } from "@tilebook/notebook";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchChromium, openNotebook } from "./rig/chromium.ts";
import { checkCount, runText, troubles } from "./rig/door.ts";

const folder = fileURLToPath(new URL("../public/notebooks", import.meta.url));
const notebooks = readdirSync(folder).filter((name) => name.endsWith(".nb.md"));

describe("the gallery", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  test.each(notebooks)(
    "[G1] %s runs from top to bottom and passes its own checks",
    { timeout: 300_000 },
    async (name) => {
      const { page, problems, close } = await openNotebook(browser);
      const cells = await runText(page, readFileSync(`${folder}/${name}`, "utf8"));
      expect(troubles(cells)).toEqual([]);
      expect(checkCount(cells)).toBeGreaterThan(0);
      expect(problems).toEqual([]);
      await close();
    },
  );

  test("[G4] a link to another notebook of the gallery, or to a page of the reference, opens it", async () => {
    const { page, close } = await openNotebook(browser, { path: "#g=vector-add" });
    await page.getByRole("link", { name: "a softmax in one kernel" }).click();
    await page.getByRole("heading", { name: "Fused softmax: move every number once" }).waitFor();
    await page.goto(page.url().replace(/#.*/, "#g=wgsl-by-hand"));
    await page.getByRole("link", { name: "Cells of WGSL" }).click();
    await page.getByRole("heading", { name: "What raw kernels cannot do" }).waitFor();
    await page.getByRole("link", { name: "WGSL by hand" }).click();
    await page.getByRole("heading", { name: "What threads share" }).waitFor();
    expect(new URL(page.url()).hash).toBe("#g=wgsl-by-hand");
    await close();
  });

  test("[G2] every answer of the puzzles solves its puzzle, which is not solved before", async () => {
    const { page, close } = await openNotebook(browser);
    const text = readFileSync(`${folder}/tile-puzzles.nb.md`, "utf8");
    const answers = answersOf(text);
    const puzzles = [...answers.keys()];
    expect(puzzles.length).toBeGreaterThan(12);
    expect(solved(await runText(page, text), puzzles)).toEqual([]);
    const cells = await runText(page, withAnswers(text, answers));
    expect(troubles(cells)).toEqual([]);
    expect(solved(cells, puzzles)).toEqual(puzzles);
    await close();
  });
});

/** The answers at the notebook's end, by the cell that each is an answer for. */
function answersOf(text: string): ReadonlyMap<string, string> {
  const fences = text.matchAll(/^```ts \{\.static \.answer-(\w+)\}\n([\s\S]*?)^```$/gm);
  return new Map([...fences].map(([, puzzle = "", answer = ""]) => [puzzle, answer]));
}

function withAnswers(text: string, answers: ReadonlyMap<string, string>): string {
  return text.replace(/^```ts \{#(\w+)\}\n[\s\S]*?^```$/gm, (fence, cell: string) => {
    const answer = answers.get(cell);
    return answer === undefined ? fence : `\`\`\`ts {#${cell}}\n${answer}\`\`\``;
  });
}

/** The puzzles whose check stands below them and holds. */
function solved(cells: readonly CellState[], puzzles: readonly string[]): readonly string[] {
  return puzzles.filter((puzzle) =>
    cells.some(
      ({ id, outputs }) =>
        id === `${puzzle}-check` && outputs.some((output) => output.kind === "check" && output.passed),
    ),
  );
}
