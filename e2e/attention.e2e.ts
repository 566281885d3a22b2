import { readFileSync } from "node:fs";
import { describe, expect, inject, test } from "vitest";
import { launchChromium, openNotebook } from "./rig/chromium.ts";
import {
  cellNamed,
  cellsOf,
  checkCount,
  deviceOf,
  type Evaluator,
  kernelsOf,
  runText,
  troubles,
  waitForStatus,
} from "./rig/door.ts";
import { doorOf, launchFirefox } from "./rig/firefox.ts";
import { shoot } from "./rig/shoot.ts";

/**
 * The same notebook on both rigs: attention against the f64 interpreter at a normalised squared error of at most 1e-10,
 * for sizes that are no multiple of a tile, causal and not, and rows that see no key.
 */
const text = readFileSync(new URL("notebooks/attention-grid.nb.md", import.meta.url), "utf8");

async function expectRight(page: Evaluator, device: RegExp): Promise<void> {
  const cells = await runText(page, text);
  // Not the interpreter, which would be right about itself.
  expect(await deviceOf(page)).toMatch(device);
  expect(troubles(cells)).toEqual([]);
  expect(checkCount(cells)).toBeGreaterThanOrEqual(16);
}

/** Nothing here says attention, and nothing as large as the scores may be stored. */
const plain = `# Plain maths

\`\`\`ts {#plain}
const [batch, heads, shared, n, d] = [2, 4, 2, 70, 24];
function attend(q: Tensor, k: Tensor, v: Tensor): Tensor {
  const wide = [batch, shared, heads / shared, n, d];
  const spread = (x: Tensor) => x.add(tensor.zeros(wide)).reshape(batch, heads, n, d);
  const [row, column] = [tensor.iota(n).reshape(n, 1), tensor.iota(n)];
  const slopes = tensor([0.5, 0.25, 0.125, 0.0625]).reshape(heads, 1, 1);
  const scores = q.matmul(spread(k).T).div(Math.sqrt(d)).div(5).tanh().mul(5);
  const seen = where(column.le(row), scores.add(column.sub(row).mul(slopes)), -Infinity);
  return seen.softmax().matmul(spread(v));
}
const q = random.normal([batch, heads, n, d], { seed: 1 });
const [k, v] = [2, 3].map((seed) => random.normal([batch, shared, 1, n, d], { seed }));
const attended = attend(q, k, v);
\`\`\`

\`\`\`ts {#right}
check("NMSE against f64", (await compare(attended)).nmse, { atMost: 1e-10 })
\`\`\`
`;

/** The steps have names at the top, as one types them. Nobody reads them. */
const named = `# Named steps

\`\`\`ts {#inputs}
const [q, k, v] = [1, 2, 3].map((seed) => random.normal([300, 16], { seed }));
const hidden = tensor.iota(300).gt(tensor.iota(300).reshape(300, 1));
\`\`\`

\`\`\`ts {#steps}
const scores = q.matmul(k.T).mul(0.25);
const weights = where(hidden, -Infinity, scores).softmax();
const attended = weights.matmul(v);
\`\`\`

\`\`\`ts {#right run=auto}
check("NMSE against f64", (await compare(attended)).nmse, { atMost: 1e-10 })
\`\`\`

\`\`\`ts {#reader}
1
\`\`\`
`;

async function expectFlash(page: Evaluator): Promise<void> {
  expect(troubles(await runText(page, plain))).toEqual([]);
  expect(await kernelsOf(page, "plain")).toEqual([["flash", 1]]);
}

describe("attention is right", () => {
  test("[A1] in Chromium on SwiftShader", { timeout: 300_000 }, async () => {
    const browser = await launchChromium();
    const { page } = await openNotebook(browser);
    await expectRight(page, /^gpu .*swiftshader/i);
    await browser.close();
  });
  test("[A2] in Firefox on lavapipe", { timeout: 300_000 }, async () => {
    const browser = await launchFirefox();
    const page = await browser.newPage();
    await page.goto(inject("site"));
    await expectRight(doorOf(page), /^gpu /);
    await browser.close();
  });
  test("[A3] by plain maths, with a causal mask, slopes, a soft cap and shared heads: one kernel, and it says so; Chromium", async () => {
    const browser = await launchChromium();
    const { page, problems } = await openNotebook(browser);
    await expectFlash(page);
    await page.locator("#cell-plain").hover();
    await page.locator("#cell-plain").getByRole("button", { name: "Show its kernels" }).click();
    await page
      .getByRole("complementary", { name: "Kernels" })
      .getByText(/with max and sum carried along its rows, are one kernel: the 2 × 4 × 70 × 70 numbers/)
      .waitFor();
    expect(problems).toEqual([]);
    await browser.close();
  });
  test("[A5] steps with names are fused until a cell reads one, which makes nothing stale; Chromium", async () => {
    const browser = await launchChromium();
    const { page, problems } = await openNotebook(browser);
    expect(troubles(await runText(page, named))).toEqual([]);
    expect(await kernelsOf(page, "steps")).toEqual([["flash", 1]]);
    const before = await cellNamed(page, "steps");
    const steps = page.locator("#cell-steps");
    await expect.poll(() => steps.getByText("a step on the way, not stored").count()).toBe(2);
    await shoot(page, "named-steps");
    await page.locator("#cell-reader .monaco-editor .view-lines").click();
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.insertText("Math.abs((await weights.sum().item()) - 300) < 1e-3");
    await page.keyboard.press("Control+Enter");
    await page.locator("#cell-reader .outputs", { hasText: "true" }).waitFor();
    expect((await cellNamed(page, "steps")).run).toBe(before.run);
    // What a cell reads is stored in the next run.
    await steps.getByRole("button", { name: /^Run/ }).first().click();
    await expect.poll(() => steps.getByText("a step on the way, not stored").count()).toBe(1);
    for (const reader of ["right", "reader"]) await waitForStatus(page, reader, /fresh/);
    expect(troubles(await cellsOf(page))).toEqual([]);
    expect(problems).toEqual([]);
    await browser.close();
  });
  test("[A4] the same in Firefox", async () => {
    const browser = await launchFirefox();
    const page = await browser.newPage();
    await page.goto(inject("site"));
    await expectFlash(doorOf(page));
    await browser.close();
  });
});
