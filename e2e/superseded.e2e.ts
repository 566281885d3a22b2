import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchChromium, openNotebook } from "./rig/chromium.ts";
import { cellNamed, openText, troubles, waitForStatus } from "./rig/door.ts";

/** More tokens than are written before a hand has moved on. */
const most = 600;

const model = `\`\`\`ts {#model}
const [words, width, heads, headSize] = [16, 16, 2, 8];
const weights = (seed: number, ...shape: number[]) => random.normal(shape, { seed, deviation: 0.5 });
const [letters, toQ, toK, toV, back] = [1, 3, 4, 5, 6].map((seed) => weights(seed, words, width));
const model = (rows: StepRows) => {
  const x = letters.take(rows.tokens);
  const heard = rows.attend(0, x.matmul(toQ), x.matmul(toK), x.matmul(toV));
  return rows.last(x.add(heard.reshape(-1, width).matmul(back))).matmul(letters.T);
};
const writer = serving.writer({ model, layers: 1, heads, headSize, sequences: 2, length: ${most + 10} });
const whole = await writer.all([[3], [5]], { most: 2, temperature: 1 });
\`\`\`
`;

const hand = `\`\`\`ts {#hand}
const tau = slider("tau", { min: 1, max: 50, step: 1, value: 1 });
\`\`\`
`;

const chat = `\`\`\`ts {#chat run=auto}
const told = live();
let tokens = 0;
for await (const token of writer.write([3, 1, 4], { most: ${most}, temperature: tau })) told(\`\${tau} has \${++tokens}\`);
check(\`tokens with \${tau}\`, tokens, { equals: ${most} })
\`\`\`
`;

/** Everything that the page shows under a cell from now on, each text once; and all statuses that the cell has. */
async function watch(page: Page, id: string): Promise<() => Promise<readonly string[]>> {
  await page.evaluate((cell) => {
    const seen: string[] = [];
    const section = document.querySelector(`#cell-${cell}`);
    const look = (): void => {
      if (!(section instanceof HTMLElement)) return;
      for (const text of [section.dataset["status"] ?? "", section.innerText])
        if (seen.at(-1) !== text && seen.at(-2) !== text) seen.push(text);
    };
    new MutationObserver(look).observe(section ?? document, {
      attributes: true,
      childList: true,
      characterData: true,
      subtree: true,
    });
    Object.assign(window, { seenUnder: seen });
  }, id);
  return () => page.evaluate(() => (window as unknown as { seenUnder: string[] }).seenUnder);
}

async function moveTo(page: Page, label: string, value: number): Promise<void> {
  await page.getByRole("slider", { name: label }).fill(String(value));
}

async function says(page: Page, id: string, text: RegExp): Promise<void> {
  await page.locator(`#cell-${id}`, { hasText: text }).waitFor();
}

describe("a control that moves while a long text is written", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  async function begun(text: string, last: string): Promise<Awaited<ReturnType<typeof openNotebook>>> {
    const opened = await openNotebook(browser);
    await openText(opened.page, text);
    await opened.page.locator(`#cell-${last}`).getByRole("button", { name: "Run this cell" }).click();
    return opened;
  }

  test("[SU1] cuts it off: the next one begins, and nothing looks as if it had failed", async () => {
    const { page, problems, close } = await begun(model + hand + chat, "chat");
    await says(page, "chat", /1 has \d/);
    const seen = await watch(page, "chat");
    await moveTo(page, "tau", 2);
    await says(page, "chat", /2 has \d/);
    const chatted = await waitForStatus(page, "chat", /fresh|failed/);
    expect(troubles([chatted])).toEqual([]);
    expect(chatted.outputs).toMatchObject([{}, { kind: "check", label: "tokens with 2", passed: true }]);
    const shown = await seen();
    expect(shown.filter((text) => text === "failed" || text.includes(`1 has ${most}`))).toEqual([]);
    expect(shown.filter((text) => /superseded|newer run|interrupted/.test(text))).toEqual([]);
    expect(problems).toEqual([]);
    await close();
  });

  test("[SU2] and while it is dragged, only the text of the last place is written to its end", async () => {
    const { page, problems, close } = await begun(model + hand + chat, "chat");
    await says(page, "chat", /1 has \d/);
    const seen = await watch(page, "chat");
    const slider = page.getByRole("slider", { name: "tau" });
    await slider.focus();
    for (let moved = 0; moved < 30; moved++) await slider.press("ArrowRight");
    await says(page, "chat", /31 has \d/);
    const chatted = await waitForStatus(page, "chat", /fresh|failed/);
    expect(troubles([chatted])).toEqual([]);
    expect(chatted.outputs).toMatchObject([{}, { label: "tokens with 31" }]);
    const shown = await seen();
    const whole = shown.filter((text) => text.includes(`has ${most}`));
    expect(whole.filter((text) => !text.includes("31 has"))).toEqual([]);
    expect(shown.filter((text) => text === "failed")).toEqual([]);
    expect(problems).toEqual([]);
    await close();
  });

  const story = `\`\`\`ts {#story run=auto}
const story = (async function* () {
  const written: number[] = [];
  for await (const token of writer.write([5, 9], { most: ${most}, temperature: 1, seed: 3 })) {
    written.push(token);
    if (written.length === 1) yield "";
  }
  yield String(written);
})();
\`\`\`

\`\`\`ts {#end run=auto}
story === "" ? "not yet" : "told"
\`\`\`

\`\`\`ts {#proof run=lazy}
const alone = serving.writer({ model, layers: 1, heads, headSize, sequences: 2, length: ${most + 10} });
const [same] = await alone.all([[5, 9]], { most: ${most}, temperature: 1, seed: 3 });
check("the story of both", story === String(same) ? 1 : 0, { equals: 1 })
\`\`\`
`;

  test("[SU3] of two cells that share a writer, only the one whose control moved ends", async () => {
    const { page, problems, close } = await begun(model + story + hand + chat, "chat");
    await says(page, "chat", /1 has \d/);
    for (const tau of [2, 3]) {
      await moveTo(page, "tau", tau);
      await says(page, "chat", new RegExp(`${tau} has \\d`));
    }
    await waitForStatus(page, "chat", /fresh/);
    await says(page, "end", /told/);
    await page.locator("#cell-proof").getByRole("button", { name: "Run this cell" }).click();
    const proof = await waitForStatus(page, "proof", /fresh|failed/);
    expect(troubles([proof, await cellNamed(page, "story")])).toEqual([]);
    expect(problems).toEqual([]);
    await close();
  });

  const loops = `\`\`\`ts {#listens run=lazy}
const pace = slider("pace", { min: 1, max: 9, step: 1, value: 1 });
const [place, turns] = [live(), slider("turns", { min: 1, max: 900, step: 1, value: 900 })];
let turn = 0;
for (; turn < turns && !signal.aborted; turn++) {
  place(\`\${pace} and \${turns} at \${turn}\`);
  await sleep(10);
}
check("turns", turn, { equals: turns })
\`\`\`

\`\`\`ts {#deaf}
const depth = slider("depth", { min: 1, max: 9, step: 1, value: 1 });
const [dug, rest] = [live(), live()];
for (let metre = 0; metre <= 60; metre++) {
  dug(\`\${depth} at \${metre}\`);
  if (metre === 60) console.log(\`\${depth} is dug\`);
  await sleep(10);
}
depth
\`\`\`
`;

  test("[SU4] a cell that looks at its signal and leaves runs again, also one that runs on request; one that does not goes on to its end", async () => {
    const { page, problems, close } = await begun(loops, "deaf");
    await says(page, "deaf", /1 at \d/);
    const deaf = await watch(page, "deaf");
    for (const depth of [2, 3, 4]) await moveTo(page, "depth", depth);
    await says(page, "deaf", /4 is dug/);
    await waitForStatus(page, "deaf", /fresh/);
    const dug = (await deaf()).join("\n");
    expect(dug).toContain("1 is dug");
    expect(dug).not.toContain("3 is dug");

    await page.locator("#cell-listens").getByRole("button", { name: "Run this cell" }).click();
    await says(page, "listens", /1 and 900 at \d/);
    const listens = await watch(page, "listens");
    await moveTo(page, "turns", 20);
    const { outputs } = await waitForStatus(page, "listens", /fresh|failed/);
    expect(outputs).toContainEqual(expect.objectContaining({ kind: "check", measured: "20", passed: true }));
    expect((await listens()).filter((text) => /failed|at 8\d\d/.test(text))).toEqual([]);
    expect(problems).toEqual([]);
    await close();
  });
});
