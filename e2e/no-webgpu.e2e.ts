import { chromium } from "playwright-core";
import { expect, test } from "vitest";
import { chromiumPath, openNotebook } from "./rig/chromium.ts";
import { deviceOf, runText, troubles } from "./rig/door.ts";
import { shoot } from "./rig/shoot.ts";

const text = `
\`\`\`ts {#small}
const double = kernel((x: Ptr, y: Ptr, n: i32) => {
  const i = programId(0) * 16 + arange(16);
  store(y + i, load(x + i, i < n) * 2, i < n);
});
const y = double.launch(2, tensor.ones([20]), out([20]), 20);
const q = random.normal([20, 8], { seed: 1 });
await display(check("double", await y.sum(0).item(), { equals: 40 }));
check("attention", (await compare(attention(q, q, q))).nmse, { atMost: 1e-10 })
\`\`\`
`;

test("[N1] without WebGPU the page says why, and small notebooks run on the interpreter", async () => {
  // None of the flags that give Chromium its software GPU: the page has no adapter, as on an old machine.
  const browser = await chromium.launch({
    executablePath: chromiumPath(),
    headless: true,
    args: ["--no-sandbox", "--disable-background-networking", "--disable-gpu"],
  });
  const { page } = await openNotebook(browser);
  expect(troubles(await runText(page, text))).toEqual([]);
  expect(await deviceOf(page)).toMatch(/interpreter/);
  await page
    .getByText(/WebGPU/)
    .first()
    .waitFor();
  await shoot(page, "no-webgpu");
  await browser.close();
});
