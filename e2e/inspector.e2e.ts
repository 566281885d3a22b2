import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchChromium, openNotebook, shoot } from "./rig/chromium.ts";
import { cellNamed, runText, troubles } from "./rig/door.ts";

const text = `# What a kernel becomes

\`\`\`ts {#scale}
const scale = kernel((x: Ptr, y: Ptr, n: i32) => {
  const i = programId(0) * 64 + arange(64);
  const inside = i < n;
  const value = load(x + i, inside);
  const tripled = value * 3;
  store(y + i, tripled + 1, inside);
});
\`\`\`

\`\`\`ts {#use}
const y = scale.launch(2, tensor(Array.from({ length: 100 }, (_, at) => at)), out(100), 100);
y
\`\`\`
`;

const panelOf = (page: Page): Locator => page.getByRole("complementary", { name: "Kernels" });
const cell = (page: Page, id: string): Locator => page.locator(`#cell-${id}`);
const editorLine = (page: Page, id: string, words: string): Locator =>
  cell(page, id).locator(".view-line", { hasText: words });
const marked = (place: Locator): Locator => place.locator(".lined-text-line[data-marked]");

/** Runs the notebook and looks at the kernel called `scale`. */
async function inspect(page: Page, source = text): Promise<Locator> {
  expect(troubles(await runText(page, source))).toEqual([]);
  await cell(page, "use").hover();
  await cell(page, "use").getByRole("button", { name: "Show its kernels" }).click();
  const panel = panelOf(page);
  await panel.getByRole("combobox", { name: "use" }).selectOption({ label: "scale" });
  await cell(page, "scale").locator(".monaco-editor").waitFor();
  return panel;
}

/** Rewrites the first line of the copy that has these words. */
async function replaceLine(
  page: Page,
  copy: Locator,
  words: string,
  write: (line: string) => string,
): Promise<void> {
  const line = copy.locator(".view-line", { hasText: words }).first();
  const before = (await line.innerText()).replaceAll("\u00a0", " ");
  await line.click();
  await page.keyboard.press("Home");
  await page.keyboard.press("Shift+End");
  await page.keyboard.type(write(before).trim());
}

const side = (panel: Locator, which: "left" | "right"): Locator => {
  const sides = panel.locator(".stage-pane");
  return which === "left" ? sides.first() : sides.last();
};

describe("the inspector", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  test("[N1] lines of the cell and of the stages share colours, and mark each other from both sides", async () => {
    const { page, problems, close } = await openNotebook(browser, { width: 1280, height: 800 });
    const panel = await inspect(page);
    const wgsl = side(panel, "right");
    await wgsl.getByText("@compute").first().waitFor();
    const product = wgsl.locator(".lined-text-line", { hasText: /\* 3/ }).first();
    const hue = await product.getAttribute("data-hue");
    expect(hue).not.toBeNull();
    // Five lines of the kernel became something, each with a colour of its own.
    const editor = cell(page, "scale");
    await editor.locator(`.kernel-line.kernel-hue-${hue}`).waitFor();
    const classes = await editor
      .locator(".kernel-line")
      .evaluateAll((lines) => lines.map((line) => line.className));
    expect(new Set(classes.map((name) => /kernel-hue-\d+/.exec(name)?.[0])).size).toBe(classes.length);
    // From the panel to the cell: load, product and sum were folded into one line of WGSL.
    await product.hover();
    const markedLine = editor.locator(".kernel-line-marked.kernel-line");
    await expect.poll(() => markedLine.count()).toBe(3);
    await shoot(page, "inspector-bands");
    // From the cell to the panel, under the pointer ...
    const markedText = async (): Promise<string> => (await marked(wgsl).allInnerTexts()).join("\n");
    await editorLine(page, "scale", "arange(64)").hover();
    await expect.poll(markedText).toContain("program_x * 64i");
    expect(await markedText()).not.toMatch(/\* 3/);
    // ... and with the caret.
    await editorLine(page, "scale", "load(x").click();
    await page.mouse.move(5, 5);
    await expect.poll(markedText).toMatch(/x_\w*\[.*\* 3/);
    expect(await markedText()).not.toContain("program_x");
    await page.keyboard.press("ArrowUp");
    await expect.poll(markedText).toMatch(/< n_\w*;/);
    // A line of a text leads to its place in the cell.
    await product.click();
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.closest(".cell")?.id))
      .toBe("cell-scale");
    await expect.poll(() => editor.locator(".selected-text").count()).toBeGreaterThan(0);
    // A text that was edited has no colours: they belong to the one that ran.
    await editorLine(page, "scale", "value * 3").click();
    await page.keyboard.press("End");
    await page.keyboard.type(" // more");
    await panel.getByText("scale changed since this kernel ran").waitFor();
    expect(await editor.locator(".kernel-line").count()).toBe(0);
    await panel.getByRole("button", { name: "Run again" }).click();
    await editor.locator(`.kernel-line.kernel-hue-${hue}`).waitFor();
    // Without the panel, cells have no colours.
    await panel.getByRole("button", { name: "Close" }).click();
    await expect.poll(() => editor.locator(".kernel-line").count()).toBe(0);
    expect(problems).toEqual([]);
    await close();
  });

  test("[N2] a copy of the WGSL runs beside the original: equal, then different in the elements it says", async () => {
    const { page, problems, close } = await openNotebook(browser, { width: 1280, height: 800 });
    const panel = await inspect(page);
    await panel.getByRole("button", { name: "Edit a copy" }).click();
    const copy = panel.locator(".copy-pane");
    await copy.locator(".monaco-editor").waitFor();
    await copy.getByRole("button", { name: "Run", exact: true }).click();
    const verdict = copy.locator(".trial-verdict");
    await copy.getByText("y is equal: all 100 elements").waitFor();
    await copy.locator(".speed-row", { hasText: "copy" }).waitFor();
    await shoot(page, "inspector-copy-equal");
    // Lines of the copy are linked, too.
    await side(panel, "left").locator(".lined-text-line", { hasText: "* 3f" }).first().hover();
    await copy.locator(".view-line", { hasText: "* 3f" }).first().hover();
    await expect.poll(() => cell(page, "scale").locator(".kernel-line-marked.kernel-line").count()).toBe(3);
    await replaceLine(page, copy, "* 3f", (line) => line.replace("* 3f", "* 4f"));
    await copy.getByText("Edited since").waitFor();
    await page.keyboard.press("ControlOrMeta+Enter");
    // x * 4 + 1 against x * 3 + 1 in the first half of each program: of 64 elements, 0 stays.
    await verdict.getByText("y differs in 63 elements of 100").waitFor();
    expect(await verdict.innerText()).toContain("by at most 95");
    const worst = await copy.locator(".trial-worst tbody tr").allInnerTexts();
    expect(worst.map((row) => row.split(/\s+/).slice(-3))).toEqual(
      [95, 94, 93, 92, 91].map((at) => [`y[${at}]`, `${at * 3 + 1}`, `${at * 4 + 1}`]),
    );
    await shoot(page, "inspector-copy-different");
    // It is still there when the panel was closed, and the notebook's own result was never touched.
    expect(await cell(page, "use").locator(".outputs").innerText()).toContain("298");
    await panel.getByRole("button", { name: "Close" }).click();
    await page.keyboard.press("p");
    await side(panel, "left").locator(".lined-text-line", { hasText: "if (inside_" }).first().hover();
    await copy.locator(".view-line", { hasText: "* 4f" }).waitFor();
    await copy.getByRole("button", { name: "Start again from the original" }).click();
    await expect.poll(() => copy.locator(".view-line", { hasText: "* 4f" }).count()).toBe(0);
    expect(problems).toEqual([]);
    await close();
  });

  test("[N3] a mistake in the copy is said on its line, and the cell's own run goes on", async () => {
    const { page, close } = await openNotebook(browser, { width: 1280, height: 800 });
    const panel = await inspect(page);
    await panel.getByRole("button", { name: "Edit a copy" }).click();
    const copy = panel.locator(".copy-pane");
    await copy.locator(".monaco-editor").waitFor();
    await side(panel, "left").locator(".lined-text-line", { hasText: "* 3f" }).first().hover();
    await replaceLine(page, copy, "* 3f", () => "    let v_11 = nonsense + 1f;");
    await page.keyboard.press("ControlOrMeta+Enter");
    const verdict = copy.locator(".trial-verdict[data-tone=bad]");
    await verdict.getByText("nonsense").waitFor();
    const line = copy.locator(".view-line", { hasText: "nonsense" });
    const mark = copy.locator(".squiggly-error").first();
    await mark.waitFor();
    const [of, at] = [await line.boundingBox(), await mark.boundingBox()];
    expect(Math.abs((of?.y ?? 0) - (at?.y ?? 99))).toBeLessThan(20);
    await shoot(page, "inspector-copy-mistake");
    await verdict.getByRole("button", { name: /^line \d+$/ }).click();
    await expect.poll(() => copy.locator(".selected-text").count()).toBeGreaterThan(0);
    expect((await cellNamed(page, "use")).status).toBe("fresh");
    await close();
  });
});
