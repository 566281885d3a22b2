import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { downloaded, launchChromium, openNotebook } from "./rig/chromium.ts";
import { cellNamed, cellsOf, openText, runText, textOf, troubles, waitForStatus } from "./rig/door.ts";
import { shoot } from "./rig/shoot.ts";

const chain = `# Chain

\`\`\`ts {#first}
const tau = 2;
\`\`\`

\`\`\`ts {#second}
const double = tau * 2;
double
\`\`\`

\`\`\`ts {#gpu run=auto}
await tensor.ones([4, 4]).mul(double).sum().item()
\`\`\`

\`\`\`ts {#dear run=lazy}
const dear = tau + 100;
dear
\`\`\`

\`\`\`ts {#half run=auto}
const half = slider("half", { min: 0, max: 10, step: 1, value: 3 });
\`\`\`

\`\`\`ts {#reader run=lazy}
half * 10
\`\`\`
`;

const oncesText = `# Once

\`\`\`ts {#places}
const setting = slider("setting", { min: 0, max: 1 });
const place = live();
place(7);
const twice = 2 * setting;
\`\`\`

\`\`\`ts {#last}
display(md\`*once*\`);
\`\`\`
`;

const kernelText = `# Kernel

\`\`\`ts {#scale}
const scale = kernel((x: Ptr, y: Ptr, n: i32) => {
  const at = programId(0) * 64 + arange(64);
  const inside = at < n;
  const value = load(x + at, inside);
  store(y + at, value * 3, inside);
});
\`\`\`

\`\`\`ts {#use}
const scaled = scale.launch(2, tensor.ones([100]), out([100]), 100);
scaled
\`\`\`
`;

function cell(page: Page, id: string): Locator {
  return page.locator(`#cell-${id}`);
}

/** What the cell shows as its value. */
function shows(page: Page, id: string, text: string): Promise<void> {
  return cell(page, id).locator(".outputs", { hasText: text }).waitFor();
}

/** Puts the cursor at the end of a line of Monaco. */
async function clickInto(page: Page, id: string, line = 1): Promise<void> {
  const lines = cell(page, id).locator(".monaco-editor .view-line");
  await lines.nth(line - 1).click();
  await page.keyboard.press("End");
}

/** Types `text` over the whole cell, key by key. */
async function typeOver(page: Page, id: string, text: string): Promise<void> {
  await clickInto(page, id);
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type(text);
}

/** Points at a line, and again when what came in late has moved it from under the pointer, until `seen` is there. */
async function pointUntil(page: Page, at: Locator, seen: Locator): Promise<void> {
  await expect
    .poll(
      async () => {
        await page.mouse.move(2, 2);
        await at.hover();
        return seen.waitFor({ timeout: 1000 }).then(
          () => true,
          () => false,
        );
      },
      { timeout: 30_000 },
    )
    .toBe(true);
}

async function order(page: Page): Promise<readonly string[]> {
  return (await cellsOf(page)).map(({ kind, id, named, text }) => (named ? id : `${kind}: ${text}`));
}

describe("editing", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  test("[T1] a number is changed in Monaco; Shift+Enter runs the cell and its readers follow", async () => {
    const { page, problems, close } = await openNotebook(browser);
    expect(troubles(await runText(page, chain))).toEqual([]);
    await shows(page, "gpu", "64");
    await clickInto(page, "first");
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("Backspace");
    await page.keyboard.type("5");
    await page.keyboard.press("Shift+Enter");
    await shows(page, "second", "10");
    await shows(page, "gpu", "160");
    expect(await textOf(page)).toBe(chain.replace("tau = 2", "tau = 5"));
    // The next cell is selected, ready for the next Shift+Enter.
    expect(await cell(page, "second").getAttribute("data-selected")).toBe("true");
    await shoot(page, "edit-followed");
    expect(problems).toEqual([]);
    await close();
  });

  test("[T2] what is stale says why, undo makes it fresh without a run, and Run stale brings it up to date", async () => {
    const { page, close } = await openNotebook(browser);
    await runText(page, chain);
    const { run } = await cellNamed(page, "dear");
    await typeOver(page, "first", "const tau = 7;");
    await cell(page, "dear").getByText("Stale: tau changed").waitFor();
    expect(await cell(page, "dear").getAttribute("data-status")).toBe("stale");
    await typeOver(page, "dear", "const dear = tau + 200;\ndear");
    await cell(page, "dear").getByText("Stale: edited since it ran").waitFor();
    await page.getByRole("slider", { name: "half" }).focus();
    await page.keyboard.press("ArrowRight");
    await cell(page, "reader")
      .getByText(/Stale: half (changed|was moved)/)
      .waitFor();
    await shoot(page, "edit-stale");
    await typeOver(page, "dear", "const dear = tau + 100;\ndear");
    await typeOver(page, "first", "const tau = 2;");
    await waitForStatus(page, "dear", /fresh/);
    expect((await cellNamed(page, "dear")).run).toBe(run);
    await typeOver(page, "first", "const tau = 9;");
    await page.getByRole("button", { name: "Run stale" }).click();
    await shows(page, "dear", "109");
    await shows(page, "reader", "40");
    await close();
  });

  test("[T3] cells are added, moved, deleted and brought back with the keyboard", async () => {
    const { page, close } = await openNotebook(browser);
    await openText(page, "```ts {#one}\n1\n```\n\n```ts {#two}\n2\n```\n");
    await cell(page, "one").locator(".monaco-editor .view-line").first().click();
    await page.keyboard.press("Escape");
    await page.keyboard.press("b");
    await page
      .locator(".cell[data-mode=edit] .monaco-editor.focused, .cell[data-mode=edit] textarea:focus")
      .first()
      .waitFor();
    await page.keyboard.type("1 + 0.5");
    expect(await order(page)).toEqual(["one", "ts: 1 + 0.5", "two"]);
    await page.keyboard.press("Control+Enter");
    await page.locator(".cell[data-selected] .outputs", { hasText: "1.5" }).waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("Alt+ArrowDown");
    expect(await order(page)).toEqual(["one", "two", "ts: 1 + 0.5"]);
    await page.keyboard.press("d");
    await page.keyboard.press("d");
    expect(await order(page)).toEqual(["one", "two"]);
    await page.getByText("Deleted").waitFor();
    await shoot(page, "edit-deleted");
    await page.keyboard.press("z");
    expect(await order(page)).toEqual(["one", "two", "ts: 1 + 0.5"]);
    // With its output.
    await page.locator(".cell[data-selected] .outputs", { hasText: "1.5" }).waitFor();
    await page.keyboard.press("k");
    await page.keyboard.press("a");
    await page.keyboard.press("Escape");
    await page.keyboard.press("m");
    expect(await order(page)).toEqual(["one", "prose: ", "two", "ts: 1 + 0.5"]);
    await close();
  });

  test("[T4] the palette finds commands and cells", async () => {
    const { page, close } = await openNotebook(browser);
    await openText(page, chain);
    await page.keyboard.press("ControlOrMeta+k");
    const palette = page.getByRole("dialog", { name: "All commands" });
    await palette.waitFor();
    await page.keyboard.type("run all");
    await shoot(page, "palette");
    await page.keyboard.press("Enter");
    await palette.waitFor({ state: "detached" });
    await shows(page, "gpu", "64");
    await waitForStatus(page, "reader", /fresh/);
    await page.keyboard.press("ControlOrMeta+k");
    await page.keyboard.type("dear");
    await page.keyboard.press("Enter");
    await palette.waitFor({ state: "detached" });
    expect(await page.locator(".cell[data-selected]").getAttribute("id")).toBe("cell-dear");
    await page.keyboard.press("ControlOrMeta+k");
    await page.keyboard.type("nothing is called this");
    await palette.getByText("Nothing is called that").waitFor();
    await page.keyboard.press("Escape");
    await palette.waitFor({ state: "detached" });
    await close();
  });

  test("[T5] the kernel panel shows the WGSL and links its lines with the source", async () => {
    const { page, close } = await openNotebook(browser);
    expect(troubles(await runText(page, kernelText))).toEqual([]);
    await cell(page, "use").hover();
    await cell(page, "use").getByRole("button", { name: "Show its kernels" }).click();
    const panel = page.getByRole("complementary", { name: "Kernels" });
    // Two kernels ran: the ones, and the one that is written in the notebook.
    await panel.getByRole("combobox").first().selectOption({ label: "scale" });
    const [left, right] = [
      panel.locator(".kernel-sides section").first(),
      panel.locator(".kernel-sides section").last(),
    ];
    // Half a panel of this width has no room for tabs.
    const wgsl = await right.getByRole("option", { name: /wgsl/i }).first().innerText();
    await right.getByRole("combobox").selectOption(wgsl);
    await right.getByText("@compute").first().waitFor();
    const stages = await left.getByRole("option").allInnerTexts();
    expect(stages.length).toBeGreaterThanOrEqual(4);
    const marked = right.locator(".lined-text-line[data-marked]");
    await pointUntil(page, left.locator(".lined-text-line", { hasText: "value * 3" }), marked.first());
    const lines = await marked.allInnerTexts();
    expect(lines.join("\n")).toMatch(/3\.0|3f|\* 3/);
    await shoot(page, "kernel-panel");
    // And back: the load in WGSL is the load of the source.
    await pointUntil(
      page,
      right.locator(".lined-text-line", { hasText: /3\.0|3f|\* 3/ }).first(),
      left.locator(".lined-text-line[data-marked]", { hasText: "value * 3" }),
    );
    await panel.getByRole("button", { name: "Close" }).click();
    await panel.waitFor({ state: "detached" });
    await close();
  });

  test("[T6] the share dialog tells the length, and the link opens the same text, which does not run", async () => {
    const { page, close } = await openNotebook(browser);
    const text = chain.replace("# Chain", "# Chain — Größe 数 🙂");
    await openText(page, text);
    await page.getByRole("button", { name: "Share" }).click();
    const dialog = page.getByRole("dialog", { name: "Share" });
    const link = await dialog.getByRole("textbox", { name: "Link" }).inputValue();
    const told = await dialog.locator(".share-size").innerText();
    expect(Number(/([\d.,\s]+) characters/.exec(told)?.[1]?.replaceAll(/\D/g, ""))).toBe(link.length);
    expect(told).toContain("Short enough");
    await shoot(page, "share");
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    const other = await openNotebook(browser, { path: new URL(link).hash });
    await other.page.getByRole("heading", { name: "Chain — Größe 数 🙂" }).waitFor();
    expect(await textOf(other.page)).toBe(text);
    expect((await cellsOf(other.page)).map(({ status }) => status)).not.toContain("fresh");
    await other.page.getByText("This notebook came with a link.").waitFor();
    await other.close();
    await close();
  });

  test("[T7] text is edited as Markdown and set when it is left", async () => {
    const { page, close } = await openNotebook(browser);
    await openText(page, chain);
    await page.getByRole("heading", { name: "Chain" }).dblclick();
    const field = page.locator("textarea").first();
    await field.press("ControlOrMeta+End");
    await page.keyboard.type("\n\nNow with *emphasis*, $e^{x}$ and\n\n- a list\n- of two");
    await shoot(page, "markdown-edit");
    await page.keyboard.press("Escape");
    await page.locator(".prose em", { hasText: "emphasis" }).waitFor();
    expect(await page.locator(".prose li").count()).toBe(2);
    expect(await page.locator(".prose math, .prose .katex").count()).toBeGreaterThan(0);
    await shoot(page, "markdown-set");
    expect(await textOf(page)).toBe(
      chain.replace("# Chain\n", "# Chain\n\nNow with *emphasis*, $e^{x}$ and\n\n- a list\n- of two\n"),
    );
    await close();
  });

  test("[T9] what shows itself is shown once: controls, live places, what display was given last", async () => {
    const { page, close } = await openNotebook(browser, { path: "?interpreter" });
    const cells = await runText(page, oncesText);
    expect(troubles(cells)).toEqual([]);
    const kinds = cells
      .filter(({ kind }) => kind !== "prose")
      .map(({ outputs }) => outputs.map(({ kind }) => kind));
    expect(kinds).toEqual([["input", "value", "value"], ["markdown"]]);
    await close();
  });

  test("[T8] the download is the file, named by the title, and opens again as it was", async () => {
    const { page, close } = await openNotebook(browser);
    await openText(page, chain);
    await page.getByRole("textbox", { name: "Title" }).fill("A better name");
    await page.keyboard.press("Enter");
    await page.locator('.save-state[data-saving="saved"]').waitFor();
    await page.getByRole("button", { name: "Menu" }).click();
    const file = await downloaded(page, () =>
      page.getByRole("menuitem", { name: "Download as a file" }).click(),
    );
    expect(file.name).toBe("a-better-name.nb.md");
    expect(file.text).toBe(await textOf(page));
    expect(file.text).toContain("A better name");
    const other = await openNotebook(browser);
    const chooser = other.page.waitForEvent("filechooser");
    await other.page.getByRole("button", { name: "Menu" }).click();
    await other.page.getByRole("menuitem", { name: "Open a file" }).click();
    await (
      await chooser
    ).setFiles({ name: file.name, mimeType: "text/markdown", buffer: Buffer.from(file.text) });
    await other.page
      .getByRole("heading", { name: "Chain" })
      .or(other.page.getByText("A better name"))
      .first()
      .waitFor();
    expect(await textOf(other.page)).toBe(file.text);
    await other.close();
    await close();
  });
});
