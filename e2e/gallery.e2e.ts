import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { CellState } from "@tilebook/notebook";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchChromium, openNotebook } from "./rig/chromium.ts";
import { checkCount, runText, troubles } from "./rig/door.ts";
import { inTurn } from "./rig/long.ts";
import { shoot } from "./rig/shoot.ts";

const folder = fileURLToPath(new URL("../public/notebooks", import.meta.url));
const notebooks = readdirSync(folder).filter((name) => name.endsWith(".nb.md"));

describe("the gallery", () => {
  let browser: Browser;
  // One page for all, as somebody has who walks through the gallery.
  let page: Page;
  let problems: string[];
  beforeAll(async () => {
    browser = await launchChromium();
    ({ page, problems } = await openNotebook(browser));
  });
  afterAll(() => browser.close());

  test.each(inTurn(notebooks, "chromium"))(
    "[G1] %s runs from top to bottom and passes its own checks",
    { timeout: 300_000 },
    async (name) => {
      const cells = await runText(page, readFileSync(`${folder}/${name}`, "utf8"));
      expect(troubles(cells)).toEqual([]);
      expect(checkCount(cells)).toBeGreaterThan(0);
      expect(problems.splice(0)).toEqual([]);
    },
  );

  test("[G4] a link to another notebook of the gallery, or to a page of the reference, opens it", async () => {
    const { page: own, close } = await openNotebook(browser, { path: "#g=vector-add" });
    await own.getByRole("link", { name: "a softmax in one kernel" }).click();
    await own.getByRole("heading", { name: "Fused softmax: move every number once" }).waitFor();
    await own.goto(own.url().replace(/#.*/, "#g=wgsl-by-hand"));
    await own.getByRole("link", { name: "Cells of WGSL" }).click();
    await own.getByRole("heading", { name: "What raw kernels cannot do" }).waitFor();
    await own.getByRole("link", { name: "WGSL by hand" }).click();
    await own.getByRole("heading", { name: "What threads share" }).waitFor();
    expect(new URL(own.url()).hash).toBe("#g=wgsl-by-hand");
    await close();
  });

  test("[G5] the home page says which paper of the list a notebook brings, and opens it", async () => {
    const { page: own, close } = await openNotebook(browser);
    const entry = own.getByRole("link", { name: /^FlashAttention-2: three orders of one sum\s*paper 42/ });
    await own
      .getByRole("link", { name: /^TransNormer: two faults of linear attention\s*paper 41/ })
      .waitFor();
    await shoot(own, "home-papers");
    await entry.click();
    await own.getByRole("heading", { name: "Version 1: keys outside, queries inside" }).waitFor();
    expect(new URL(own.url()).hash).toBe("#g=flash-attention-2");
    await close();
  });

  test("[G2] every answer of the puzzles solves its puzzle, which is not solved before", async () => {
    const text = readFileSync(`${folder}/tile-puzzles.nb.md`, "utf8");
    const answers = answersOf(text);
    const puzzles = [...answers.keys()];
    expect(puzzles.length).toBeGreaterThan(12);
    expect(solved(await runText(page, text), puzzles)).toEqual([]);
    const cells = await runText(page, withAnswers(text, answers));
    expect(troubles(cells)).toEqual([]);
    expect(solved(cells, puzzles)).toEqual(puzzles);
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
