import { readFileSync } from "node:fs";
import { describe, expect, inject, test } from "vitest";
import { launchChromium, openNotebook } from "./rig/chromium.ts";
import { checkCount, deviceOf, type Evaluator, kernelsOf, runText, troubles } from "./rig/door.ts";
import { doorOf, launchFirefox } from "./rig/firefox.ts";

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
  test("[A4] the same in Firefox", async () => {
    const browser = await launchFirefox();
    const page = await browser.newPage();
    await page.goto(inject("site"));
    await expectFlash(doorOf(page));
    await browser.close();
  });
});
