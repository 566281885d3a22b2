import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { downloaded, launchChromium, openNotebook, shoot } from "./rig/chromium.ts";
import { cellNamed, runText, textOf, troubles, waitForStatus } from "./rig/door.ts";

const gallery = readFileSync(
  fileURLToPath(new URL("../public/notebooks/vector-add.nb.md", import.meta.url)),
  "utf8",
);

/** A kernel of ours that takes milliseconds on any software GPU, and has many configs. */
const product = `# A product

\`\`\`ts {#product}
const a = random.normal([256, 256], { seed: 1 });
const c = a.matmul(a);
c.sum()
\`\`\`
`;

/** Short kernels: each of their configs is compiled at once. */
const short = `# A map

\`\`\`ts {#map}
const x = random.normal(100_000, { seed: 1 });
const y = x.exp();
y
\`\`\`
`;

const patient = { timeout: 100_000 } as const;

const panelOf = (page: Page): Locator => page.getByRole("complementary", { name: "Tuner" });
const progressOf = (panel: Locator): Locator => panel.locator(".tuner-progress");
const kernelsOf = (panel: Locator): Locator => panel.locator(".tuned-kernel");

/** By the palette, as all commands. */
async function command(page: Page, name: string): Promise<void> {
  await page.keyboard.press("Control+k");
  await page.keyboard.type(name);
  await page.keyboard.press("Enter");
}

async function tuneAll(page: Page, panel: Locator): Promise<void> {
  await kernelsOf(panel).first().waitFor(patient);
  await panel.getByRole("button", { name: "Tune all" }).click();
  await progressOf(panel).waitFor(patient);
  await progressOf(panel).waitFor({ state: "detached", ...patient });
  await page.waitForTimeout(400);
}

describe("the tuner", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  test("[G1] a gallery notebook: all candidates with their results, one is used, results stay right, a reload keeps them", async () => {
    const { page, problems, close } = await openNotebook(browser, { width: 1280, height: 800 });
    expect(troubles(await runText(page, gallery))).toEqual([]);
    await command(page, "Tuner panel");
    const panel = panelOf(page);
    await tuneAll(page, panel);
    const tables = panel.locator(".tuned-kernel table");
    const tuned = await tables.count();
    expect(tuned).toBeGreaterThan(0);
    expect(await panel.locator("tr[data-used=true]").count()).toBe(tuned);
    const times = await tables.first().locator("tbody tr td:nth-child(2)").allInnerTexts();
    expect(times.length).toBeGreaterThan(1);
    expect(times[0]).toMatch(/^[\d.,]+ (µs|ms|s)$/);
    await shoot(page, "tuner-gallery");
    // The same notebook again goes the ways that were found, and its checks still pass.
    expect(troubles(await runText(page, gallery))).toEqual([]);
    await page.reload();
    expect(troubles(await runText(page, gallery))).toEqual([]);
    await command(page, "Tuner panel");
    await expect.poll(() => panel.locator(".tuned-kernel table").count(), patient).toBe(tuned);
    await panel.getByRole("button", { name: "Forget" }).first().click();
    await expect.poll(() => panel.locator(".tuned-kernel table").count(), patient).toBe(tuned - 1);
    expect(problems).toEqual([]);
    await close();
  }, 240_000);

  test("[G2] stopped in the middle: what was found is shown, the first way stays in use, cells run meanwhile", async () => {
    const { page, problems, close } = await openNotebook(browser, { width: 1280, height: 800 });
    expect(troubles(await runText(page, product))).toEqual([]);
    await command(page, "Tune the kernels that have run");
    const panel = panelOf(page);
    await panel.getByText(/Tuning matmul: [1-9]\d* of \d+/).waitFor(patient);
    const before = (await cellNamed(page, "product")).run;
    await page.getByRole("button", { name: "Run all" }).click();
    await expect.poll(async () => (await cellNamed(page, "product")).run, patient).not.toBe(before);
    expect((await waitForStatus(page, "product", /fresh|failed/)).status).toBe("fresh");
    await panel.getByRole("button", { name: "Stop tuning" }).click();
    await progressOf(panel).waitFor({ state: "detached" });
    const matmul = panel.getByRole("region", { name: "matmul" });
    await matmul.getByText("Not all were tried.").waitFor(patient);
    expect(await matmul.locator("tbody tr").count()).toBeGreaterThan(0);
    await shoot(page, "tuner-stopped");
    expect(problems).toEqual([]);
    await close();
  });

  test("[G3] a pin is exported with the notebook and imported by it, and goes before what is measured", async () => {
    const first = await openNotebook(browser, { width: 1280, height: 800 });
    expect(troubles(await runText(first.page, short))).toEqual([]);
    await command(first.page, "Tuner panel");
    const panel = panelOf(first.page);
    await tuneAll(first.page, panel);
    const rows = panel.locator(".tuned-kernel").first().locator("tbody tr");
    const last = rows.filter({ hasText: /threads/ }).last();
    const config = (await last.locator("td").first().getAttribute("title")) ?? "";
    await last.getByRole("button", { name: "Pin", exact: true }).click();
    await panel.getByText(/^Pinned by the notebook/).waitFor(patient);
    const { text } = await downloaded(first.page, () => command(first.page, "Download as a file"));
    expect(text).toContain(`tuning:\n  - '`);
    expect(text).toContain(` = ${config}'\n`);
    const second = await openNotebook(browser, { width: 1280, height: 800 });
    expect(troubles(await runText(second.page, text))).toEqual([]);
    await command(second.page, "Tuner panel");
    await panelOf(second.page)
      .getByText(/^Pinned by the notebook/)
      .waitFor(patient);
    // Let go of again, nothing of it is left in the file.
    await panel.getByRole("button", { name: "Unpin" }).click();
    await expect.poll(() => textOf(first.page)).not.toContain("tuning:");
    expect([first.problems, second.problems]).toEqual([[], []]);
    await first.close();
    await second.close();
  });

  test("[G4] by itself, when that is switched on and nothing runs", async () => {
    const { page, problems, close } = await openNotebook(browser, { width: 1280, height: 800 });
    expect(troubles(await runText(page, short))).toEqual([]);
    await command(page, "Tuner panel");
    const panel = panelOf(page);
    const box = panel.getByRole("checkbox", { name: "Tune dear kernels when nothing runs" });
    // A page that a program drives begins nothing by itself.
    expect(await box.isChecked()).toBe(false);
    await box.check();
    expect(troubles(await runText(page, product))).toEqual([]);
    await progressOf(panel).waitFor(patient);
    await panel.getByRole("button", { name: "Stop tuning" }).click();
    await progressOf(panel).waitFor({ state: "detached" });
    expect(problems).toEqual([]);
    await close();
  });

  test("[G5] on a phone all of it fits the width", async () => {
    const { page, problems, close } = await openNotebook(browser, { width: 390, height: 844, touch: true });
    expect(troubles(await runText(page, short))).toEqual([]);
    await page.getByRole("button", { name: "Menu" }).tap();
    await page.getByRole("menuitem", { name: "Tuner panel" }).tap();
    const panel = panelOf(page);
    await tuneAll(page, panel);
    await panel.locator("tbody tr").first().waitFor(patient);
    await shoot(page, "tuner-phone");
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBe(0);
    const body = page.locator(".side-panel-body");
    expect(await body.evaluate((element) => element.scrollWidth - element.clientWidth)).toBe(0);
    expect(problems).toEqual([]);
    await close();
  });

  test("[G6] without a GPU it says that there is nothing to tune", async () => {
    const { page, problems, close } = await openNotebook(browser, { path: "?interpreter" });
    expect(troubles(await runText(page, short))).toEqual([]);
    await command(page, "Tuner panel");
    await panelOf(page)
      .getByText(/nothing to tune/)
      .waitFor(patient);
    expect(problems).toEqual([]);
    await close();
  });
});
