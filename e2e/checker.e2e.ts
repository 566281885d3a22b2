import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchChromium, openNotebook } from "./rig/chromium.ts";
import { openText, textOf } from "./rig/door.ts";
import { shoot } from "./rig/shoot.ts";

const half = `# Half

\`\`\`ts {#half}
const half = kernel((x: Ptr, out: Ptr, n: i32) => {
  const at = programId(0) * 64 + arange(64);
  const middle = n / 2;
  const value = load(x + at);
  store(out + at, value * 0.5, at < n);
});
\`\`\`
`;

const python = `# Python

\`\`\`ts {#half}
const BLOCK = 64;
const half = kernel((x: Ptr, out: Ptr, n: i32) => {
  const row = programId(1) // 2;
  const at = programId(0) * BLOCK + arange(BLOCK);
  staticPrint("block", BLOCK, at);
  const value = load(x + at, mask=at < n, other=0);
  store(out + row + at, value * 0.5, at < n);
});
\`\`\`
`;

function cell(page: Page): Locator {
  return page.locator("#cell-half");
}

/** The line of Monaco that holds this text. */
function line(page: Page, text: string): Locator {
  return cell(page).locator(".monaco-editor .view-line", { hasText: text });
}

/** Puts the pointer on a word, where Monaco shows what it has to say. */
async function pointAt(page: Page, text: string, word: string): Promise<void> {
  await line(page, text).locator("span > span", { hasText: word }).first().hover();
}

describe("the checker in the editor", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  test("[K1] an error and a warning are marked, and hints tell shapes also below the error", async () => {
    const { page, problems, close } = await openNotebook(browser);
    await openText(page, half);
    await cell(page).locator(".squiggly-error").waitFor();
    await cell(page).locator(".squiggly-warning").waitFor();
    await line(page, "at: i32[64]").waitFor();
    await line(page, "value: f32[64]").waitFor();
    await shoot(page, "checker-marks");
    expect(problems).toEqual([]);
    await close();
  });

  test("[K2] hovers tell the type of a name and how a tile function is called", async () => {
    const { page, close } = await openNotebook(browser);
    await openText(page, half);
    await line(page, "value: f32[64]").waitFor();
    await pointAt(page, "value * 0.5", "value");
    const hover = page.locator(".monaco-hover:visible");
    await hover.getByText("per element: 64 values").waitFor();
    await shoot(page, "checker-hover");
    // The first box lies over the lines above, so it has to go before they can be pointed at.
    await page.mouse.move(5, 5);
    await hover.waitFor({ state: "hidden" });
    await pointAt(page, "arange(64)", "arange");
    await hover.getByText("Its size is a power of two").first().waitFor();
    await hover.getByText("from 0 to 63").waitFor();
    expect(await hover.innerText()).toContain("arange(start: number, end: number): Tile");
    await close();
  });

  test("[K3] Ctrl+. lists the fixes, and one of them mends the error", async () => {
    const { page, close } = await openNotebook(browser);
    await openText(page, half);
    await cell(page).locator(".squiggly-error").waitFor();
    await line(page, "n / 2").locator("span > span", { hasText: "middle" }).first().click();
    await page.keyboard.press("End");
    await page.keyboard.press("ArrowLeft");
    // Monaco looks for fixes a moment after the cursor stands; a key before that is lost.
    await cell(page).locator(".lightBulbWidget:visible").waitFor();
    await page.keyboard.press("ControlOrMeta+.");
    const menu = page.locator(".action-widget:visible");
    await menu.getByText("the whole part: idiv(n, 2)").waitFor();
    await shoot(page, "checker-fixes");
    await page.keyboard.press("Enter");
    await line(page, "idiv(n, 2)").waitFor();
    await cell(page).locator(".squiggly-error").waitFor({ state: "detached" });
    expect(await textOf(page)).toContain("const middle = idiv(n, 2);");
    await close();
  });

  test("[K4] a warning is mended too: the mask is added", async () => {
    const { page, close } = await openNotebook(browser);
    await openText(page, half);
    await cell(page).locator(".squiggly-warning").waitFor();
    await line(page, "load(x").locator("span > span", { hasText: "load" }).first().click();
    await cell(page).locator(".lightBulbWidget:visible").waitFor();
    await page.keyboard.press("ControlOrMeta+.");
    await page.locator(".action-widget:visible").getByText("add the mask at < n").click();
    await cell(page).locator(".squiggly-warning").waitFor({ state: "detached" });
    expect(await textOf(page)).toContain("const value = load(x + at, at < n);");
    await close();
  });

  test("[K5] staticPrint is a note on its line; habits of Python are told, and mended", async () => {
    const { page, problems, close } = await openNotebook(browser);
    await openText(page, python);
    await cell(page).locator(".squiggly-info").waitFor();
    await cell(page).locator(".squiggly-warning").waitFor();
    await cell(page).locator(".squiggly-error").first().waitFor();
    await pointAt(page, "staticPrint", "staticPrint");
    const hover = page.locator(".monaco-hover:visible");
    await hover.getByText("block 64 i32[64]").waitFor();
    await shoot(page, "checker-note");
    await page.mouse.move(5, 5);
    await hover.waitFor({ state: "hidden" });
    await line(page, "mask=").locator("span > span", { hasText: "mask" }).first().click();
    await cell(page).locator(".lightBulbWidget:visible").waitFor();
    await page.keyboard.press("ControlOrMeta+.");
    const menu = page.locator(".action-widget:visible");
    await menu.getByText("write the values by their places").click();
    await cell(page).locator(".squiggly-error").first().waitFor({ state: "detached" });
    expect(await textOf(page)).toContain("const value = load(x + at, at < n, 0);");
    expect(problems).toEqual([]);
    await close();
  });
});
