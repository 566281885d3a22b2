import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { downloaded, launchChromium, openNotebook } from "./rig/chromium.ts";
import { cellNamed, runText, textOf, troubles, waitForStatus } from "./rig/door.ts";
import { shoot } from "./rig/shoot.ts";

const gallery = readFileSync(
  fileURLToPath(new URL("../public/notebooks/welcome-to-tiles.nb.md", import.meta.url)),
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

/** The configs that are used, kernel by kernel. */
async function usedOf(panel: Locator): Promise<readonly (string | null)[]> {
  const cells = panel.locator("tr[data-used=true] td:first-child");
  await cells.first().waitFor(patient);
  return Promise.all((await cells.all()).map((cell) => cell.getAttribute("title")));
}

interface Given {
  readonly name: string;
  readonly text: string;
  /** Makes the page ask for a file. */
  readonly act: () => Promise<void>;
}

async function give(page: Page, { name, text, act }: Given): Promise<void> {
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), act()]);
  await chooser.setFiles({ name, mimeType: "application/json", buffer: Buffer.from(text) });
}

async function pressOn(panel: Locator, name: string): Promise<void> {
  const button = panel.getByRole("button", { name });
  await button.focus();
  await button.press("Enter");
}

/** What `Export results` saves, as far as these tests look at it. */
interface Table {
  readonly kernels: readonly {
    readonly winner: string;
    readonly candidates: readonly { readonly config: string; readonly milliseconds?: number }[];
  }[];
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
    const tables = panel.locator(".tuned-kernel > table");
    const tuned = await tables.count();
    expect(tuned).toBeGreaterThan(0);
    expect(await panel.locator("tr[data-used=true]").count()).toBe(tuned);
    const times = await tables.first().locator("tbody tr td:nth-child(2)").allInnerTexts();
    expect(times.length).toBeGreaterThan(1);
    expect(times[0]).toMatch(/^[\d.,]+ (µs|ms|s)$/);
    await shoot(page, "tuner-gallery");
    // The notebook stays beside it.
    expect(await panel.evaluate((element) => element.clientWidth)).toBeLessThan(0.55 * 1280);
    // The same notebook again goes the ways that were found, and its checks still pass.
    expect(troubles(await runText(page, gallery))).toEqual([]);
    await page.reload();
    expect(troubles(await runText(page, gallery))).toEqual([]);
    await command(page, "Tuner panel");
    await expect.poll(() => panel.locator(".tuned-kernel > table").count(), patient).toBe(tuned);
    await panel.getByRole("button", { name: "Forget" }).first().click();
    await expect.poll(() => panel.locator(".tuned-kernel > table").count(), patient).toBe(tuned - 1);
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
    const rows = panel.locator(".tuned-kernel").first().locator("> table tbody tr");
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

  test("[G7] results go by file to a fresh profile: shown there, used without measuring, and it says where they come from", async () => {
    const first = await openNotebook(browser, { width: 1280, height: 800 });
    expect(troubles(await runText(first.page, short))).toEqual([]);
    await command(first.page, "Tuner panel");
    const panel = panelOf(first.page);
    expect(await panel.getByRole("button", { name: "Export results" }).isDisabled()).toBe(true);
    await tuneAll(first.page, panel);
    const used = await usedOf(panel);
    const file = await downloaded(first.page, () =>
      panel.getByRole("button", { name: "Export results" }).click(),
    );
    expect(file.name).toBe("tilebook-tuning.json");
    await first.close();
    const second = await openNotebook(browser, { width: 1280, height: 800 });
    expect(troubles(await runText(second.page, short))).toEqual([]);
    await command(second.page, "Tuner panel");
    const fresh = panelOf(second.page);
    await kernelsOf(fresh).first().waitFor(patient);
    expect(await fresh.locator("tbody tr").count()).toBe(0);
    // By the keyboard alone.
    await fresh.getByRole("button", { name: "Export results" }).waitFor();
    await give(second.page, { ...file, act: () => pressOn(fresh, "Import results") });
    await fresh.getByText(/measured on such a device: [1-9]\d* taken/).waitFor(patient);
    await fresh
      .getByText(/read from tilebook-tuning\.json/)
      .first()
      .waitFor(patient);
    expect(await usedOf(fresh)).toEqual(used);
    await shoot(second.page, "tuner-imported");
    // Nothing was measured for that, and a reload keeps it.
    await second.page.reload();
    expect(troubles(await runText(second.page, short))).toEqual([]);
    await command(second.page, "Tuner panel");
    await fresh
      .getByText(/read from tilebook-tuning\.json/)
      .first()
      .waitFor(patient);
    expect(await usedOf(fresh)).toEqual(used);
    expect([first.problems, second.problems]).toEqual([[], []]);
    await second.close();
  }, 240_000);

  test("[G8] files that lie, are cut, too large or from elsewhere: the panel says so, and nothing is used", async () => {
    const { page, problems, close } = await openNotebook(browser, { width: 1280, height: 800 });
    expect(troubles(await runText(page, short))).toEqual([]);
    await command(page, "Tuner panel");
    const panel = panelOf(page);
    await tuneAll(page, panel);
    const [used, rows] = [await usedOf(panel), await panel.locator("tbody tr").count()];
    const { text } = await downloaded(page, () =>
      panel.getByRole("button", { name: "Export results" }).click(),
    );
    const table = JSON.parse(text) as Table;
    const act = (): Promise<void> => panel.getByRole("button", { name: "Import results" }).click();
    const twice = table.kernels.map((one) => ({
      ...one,
      candidates: [...one.candidates, ...one.candidates],
    }));
    for (const [bad, says] of [
      ["# A notebook", /this is no file of tuning results/],
      [text.slice(0, -20), /the text is not JSON/],
      [JSON.stringify({ ...table, version: 9 }), /this is no file of tuning results/],
      [JSON.stringify({ ...table, kernels: twice }), /stands there twice/],
      [`${text}${" ".repeat(5 << 20)}`, /larger than 4 MB/],
    ] as const) {
      await give(page, { name: "bad.json", text: bad, act });
      await panel.getByRole("alert").filter({ hasText: says }).waitFor(patient);
      expect(await panel.getByRole("alert").innerText()).toMatch(/^Nothing was changed: [^E]/);
    }
    await shoot(page, "tuner-refused");
    const elsewhere = { ...table, device: "1 another", adapter: "Some other GPU" };
    const slowest = table.kernels.map((one) => ({ ...one, winner: one.candidates[0]?.config }));
    await give(page, { name: "other.json", text: JSON.stringify({ ...elsewhere, kernels: slowest }), act });
    await panel.getByText(/measured on another device \(Some other GPU\)/).waitFor(patient);
    await panel
      .getByText(/on Some other GPU, the fastest there/)
      .first()
      .waitFor(patient);
    expect([await usedOf(panel), await panel.locator("tbody tr").count()]).toEqual([used, rows]);
    await shoot(page, "tuner-elsewhere");
    expect(problems).toEqual([]);
    await close();
  }, 240_000);

  test("[G9] results kept in the notebook go with its file, and are used where nothing was measured", async () => {
    const first = await openNotebook(browser, { width: 1280, height: 800 });
    expect(troubles(await runText(first.page, short))).toEqual([]);
    await command(first.page, "Tuner panel");
    const panel = panelOf(first.page);
    await tuneAll(first.page, panel);
    const used = await usedOf(panel);
    await panel.getByRole("button", { name: "Keep in the notebook" }).click();
    await panel.getByText(/noted in the notebook's front matter/).waitFor(patient);
    const { text } = await downloaded(first.page, () => command(first.page, "Download as a file"));
    expect(text).toMatch(/\ntuned:\n {2}- '[\d.]+ ms on .* \(\d+ [0-9a-f]+\): .* = \{.*\}'\n/);
    await panel.getByRole("button", { name: "Remove from the notebook" }).click();
    await expect.poll(() => textOf(first.page)).not.toContain("tuned:");
    await first.close();
    const second = await openNotebook(browser, { width: 390, height: 844, touch: true });
    expect(troubles(await runText(second.page, text))).toEqual([]);
    await second.page.getByRole("button", { name: "Menu" }).tap();
    await second.page.getByRole("menuitem", { name: "Tuner panel" }).tap();
    const fresh = panelOf(second.page);
    await fresh
      .getByText(/The notebook says that it was the fastest on such a device/)
      .first()
      .waitFor(patient);
    expect(await usedOf(fresh)).toEqual(used);
    await shoot(second.page, "tuner-phone-kept");
    const body = second.page.locator(".side-panel-body");
    expect(await body.evaluate((element) => element.scrollWidth - element.clientWidth)).toBe(0);
    expect([first.problems, second.problems]).toEqual([[], []]);
    await second.close();
  }, 240_000);
});
