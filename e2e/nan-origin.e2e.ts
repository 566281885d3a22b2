import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchChromium, openNotebook } from "./rig/chromium.ts";
import { runText } from "./rig/door.ts";
import { shoot } from "./rig/shoot.ts";

const phone = { width: 390, height: 844, touch: true } as const;

const notebook = `# Where a NaN began

\`\`\`ts {#data}
const x = tensor([[4, 1, 9], [16, -0.5, 25]]);
const holes = tensor([1, NaN, 3]);
x
\`\`\`

\`\`\`ts {#logs}
const scaled = x.mul(2);
const y = scaled
  .log()
  .sum(1)
  .mul(0.5);
y
\`\`\`

\`\`\`ts {#softmax}
const e = x.mul(10).exp();
e.div(e.sum(1, { keep: true }))
\`\`\`

\`\`\`ts {#filled}
holes.mul(2).sum()
\`\`\`

\`\`\`ts {#steps}
let w = tensor([1, -1]).sqrt();
for (let step = 0; step < 40; step++) {
  w = w.mul(0.5);
  await w.data();
}
w.add(1)
\`\`\`

\`\`\`ts {#kernel}
const roots = kernel((a: Ptr, b: Ptr) => {
  const i = arange(4);
  const seen = load(a + i);
  store(b + i, sqrt(seen));
});
roots.launch(1, tensor([1, 4, -9, 16]), out(4)).mul(2)
\`\`\`
`;

describe("where a NaN began", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  test("[NA1] by a key from the count to the op, its operand, its place and its line, which is marked", async () => {
    const { page, problems, close } = await openNotebook(browser);
    await runText(page, notebook);
    const cell = page.locator("#cell-logs");
    await cell.scrollIntoViewIfNeeded();
    await cell.getByRole("button", { name: "where from?" }).focus();
    await page.keyboard.press("Enter");
    const found = cell.locator(".nan-origin");
    await expect.poll(() => found.innerText()).toMatch("log of -1 gave the first NaN, at [1, 1], line 3.");
    expect(await found.innerText()).toMatch("It is the NaN at [1] here.");
    await cell.locator(".origin-editor-line").first().waitFor({ state: "attached" });
    await shoot(page, "nan-origin");
    await found.getByRole("button").click();
    await shoot(page, "nan-origin-line");
    expect(problems).toEqual([]);
    await close();
  });

  test("[NA2] what overflowed in f32, data of another cell, steps that are forgotten, and kernels", async () => {
    const { page, problems, close } = await openNotebook(browser);
    await runText(page, notebook);
    const originOf = async (name: string, wanted: RegExp): Promise<void> => {
      const cell = page.locator(`#cell-${name}`);
      await cell.scrollIntoViewIfNeeded();
      await cell.getByRole("button", { name: "where from?" }).click();
      await expect.poll(() => cell.locator(".nan-origin").innerText()).toMatch(wanted);
    };
    await originOf("softmax", /^Infinity \/ Infinity gave the first NaN, at \[0, 2\], line 2\./);
    await originOf("filled", /^The first NaN came in with the data, at \[1\], data, line 2\./);
    await originOf("steps", /^The first NaN was at \[1\] of a value that this began with/);
    await originOf("kernel", /^sqrt\(-9\) in kernel roots gave the first NaN, at \[2\], line 4/);
    await shoot(page, "nan-origin-kinds");
    expect(problems).toEqual([]);
    await close();
  });

  test("[NA3] on a phone", async () => {
    const { page, problems, close } = await openNotebook(browser, phone);
    await runText(page, notebook);
    const cell = page.locator("#cell-logs");
    await cell.scrollIntoViewIfNeeded();
    await cell.getByRole("button", { name: "where from?" }).tap();
    const link = cell.locator(".nan-origin").getByRole("button", { name: /line/ });
    await link.waitFor();
    await shoot(page, "nan-origin-phone");
    await link.tap();
    await expect.poll(() => page.evaluate(() => getSelection()?.toString() ?? "")).toMatch(/log/);
    expect(problems).toEqual([]);
    await close();
  });
});
