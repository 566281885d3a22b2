import { positionAt } from "@tilebook/base";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchChromium, openNotebook } from "./rig/chromium.ts";
import { cellNamed, openText, runText, textOf, troubles, waitForStatus } from "./rig/door.ts";
import { shoot } from "./rig/shoot.ts";

const brighten = `override GAIN: f32 = 2.0;
struct Shift { by: f32, steps: vec2u }
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> shift: Shift;
@compute @workgroup_size(64)
fn brighten(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < arrayLength(&y)) { y[id.x] = x[id.x] * GAIN + shift.by; }
}
@compute @workgroup_size(64)
fn double(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < arrayLength(&y)) { y[id.x] = 2.0 * x[id.x]; }
}`;

function notebook(wgsl: string, call: string): string {
  return `# Filters\n\n\`\`\`wgsl {#filters}\n${wgsl}\n\`\`\`\n\n\`\`\`ts {#call}\n${call}\n\`\`\`\n`;
}

const goodCall = `const x = tensor([1, 2, 3]);
const y = await filters.brighten(1, { x, y: out(3), shift: { by: 0.5, steps: [0, 0] } });
[...(await y.data())].join()`;

/** A kernel of one entry point \`main\`, whose body ends in these lines. */
function kernel(body: string, before = ""): string {
  return `${before}@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
${body}
}`;
}

const cell = (page: Page, id: string): Locator => page.locator(`#cell-${id}`);

function line(page: Page, id: string, text: string): Locator {
  return cell(page, id).locator(".monaco-editor .view-line", { hasText: text });
}

/** Waits for a mark of an error on this line of the editor: the marks lie over the text, in places of their own. */
async function waitForMark(page: Page, id: string, text: string): Promise<void> {
  const mark = cell(page, id).locator(".squiggly-error").first();
  await mark.waitFor({ state: "attached" });
  await expect
    .poll(async () => {
      const [marked, written] = [await mark.boundingBox(), await line(page, id, text).boundingBox()];
      if (marked === null || written === null) return "not there";
      const middle = marked.y + marked.height / 2;
      return middle > written.y && middle < written.y + written.height;
    })
    .toBe(true);
}

/** Where the fault of a cell is, and what it says. */
async function faultOf(
  page: Page,
  id: string,
): Promise<{ code: string; at: string; line: number; says: string }> {
  const { fault } = await cellNamed(page, id);
  if (fault === undefined) throw new Error(`${id} has no fault`);
  const at = fault.span?.source ?? "";
  const { text } = await cellNamed(page, at);
  const { line: place } = positionAt(text, fault.span?.start ?? 0);
  return { code: fault.code, at, line: place, says: `${fault.message}\n${fault.hint ?? ""}` };
}

describe("cells of WGSL", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  test("[WC1] a new cell is made one of WGSL, written, and called from another with completion and a hover", async () => {
    const { page, problems, close } = await openNotebook(browser);
    await openText(page, "```ts {#call}\nconst x = tensor([1, 2, 3]);\n```\n");
    await line(page, "call", "const x").click();
    await page.keyboard.press("Escape");
    await page.keyboard.press("a");
    await page
      .locator(".cell[data-mode=edit] textarea:focus, .cell[data-mode=edit] .focused")
      .first()
      .waitFor();
    await page.keyboard.press("Escape");
    const fresh = page.locator(".cell[data-selected]");
    await fresh.getByRole("button", { name: "More" }).click();
    await page
      .getByRole("menuitemradio", { name: "WGSL" })
      .or(page.getByRole("menuitem", { name: "WGSL" }))
      .click();
    const name = page.getByRole("textbox", { name: "Name of the kernel" });
    await name.fill("filters");
    await name.press("Enter");
    await cell(page, "filters").locator(".monaco-editor .view-lines").click();
    await page.keyboard.insertText(brighten);
    await page.keyboard.press("Control+Enter");
    await waitForStatus(page, "filters", /fresh/);
    // Until Markdown is loaded its source stands there, and for a moment both.
    await cell(page, "filters")
      .locator("code", { hasText: "filters.double(grid, { x, y: out([n]) })" })
      .waitFor();
    await line(page, "call", "const x").click();
    await page.keyboard.press("End");
    await page.keyboard.press("Enter");
    await page.keyboard.type("const y = await filters.");
    const list = page.locator(".suggest-widget:visible");
    await list.getByText("brighten", { exact: true }).first().waitFor();
    await list.getByText("double", { exact: true }).first().waitFor();
    await shoot(page, "wgsl-completion");
    await page.keyboard.press("Escape");
    await page.keyboard.insertText("double(1, { x, y: out(3) });");
    await page.keyboard.press("Enter");
    await page.keyboard.insertText("[...(await y.data())].join()");
    await page.keyboard.press("Control+Enter");
    await cell(page, "call").locator(".outputs", { hasText: "2,4,6" }).waitFor();
    await line(page, "call", "double").locator("span > span", { hasText: "double" }).first().hover();
    const hover = page.locator(".monaco-hover:visible");
    await hover.getByText("over a grid of workgroups of 64 x 1 x 1 threads").first().waitFor();
    await hover.getByText("var<storage, read> x: array<f32>").first().waitFor();
    await shoot(page, "wgsl-hover");
    expect(problems).toEqual([]);
    await close();
  });

  test("[WC2] a wrong or a missing name is an error on the caller's line, before it runs and when it does", async () => {
    const { page, close } = await openNotebook(browser);
    await openText(page, notebook(brighten, goodCall.replace("{ x, y:", "{ z: x, y:")));
    await waitForMark(page, "call", "filters.brighten");
    await shoot(page, "wgsl-wrong-name");
    await runText(page, notebook(brighten, goodCall.replace("{ x, y:", "{ z: x, y:")));
    expect(await faultOf(page, "call")).toMatchObject({
      code: "kernel/buffer",
      at: "call",
      line: 2,
      says: expect.stringContaining("filters.brighten(grid, { x, y: out([n]), shift: ... })"),
    });
    await close();
  });

  test.each([
    ["syntax", "  y[id.x] = ;", 4, /admission\/syntax|executor\/wgsl/],
    ["a type the compiler refuses", "  let a = 1;\n  y[id.x] = f32(a) + 1u;", 5, /executor\/wgsl/],
    ["a name nobody knows", "  y[id.x] = brightness;", 4, /executor\/wgsl/],
  ] as const)("[WC3] %s: the error is on the line of the WGSL", async (_, body, at, code) => {
    const { page, close } = await openNotebook(browser);
    await runText(page, notebook(kernel(body), "1"));
    const fault = await faultOf(page, "filters");
    expect(fault.code).toMatch(code);
    expect(fault).toMatchObject({ at: "filters", line: at });
    await waitForMark(page, "filters", body.split("\n").at(-1) ?? "");
    await close();
  });

  test("[WC4] an endless loop is stopped and named with its line, also around a barrier; the page goes on", async () => {
    const { page, close } = await openNotebook(browser);
    const call = "await filters.main(4, { y: out(256) })";
    await runText(page, notebook(kernel("  loop {\n    y[id.x] += 1.0;\n  }"), call));
    expect(await faultOf(page, "call")).toMatchObject({
      code: "executor/out-of-fuel",
      at: "filters",
      line: 4,
    });
    await shoot(page, "wgsl-endless");
    const shared = "var<workgroup> sum: array<f32, 64>;\n";
    await runText(
      page,
      notebook(
        kernel(
          "  while (true) {\n    sum[0] += 1.0;\n    workgroupBarrier();\n  }\n  y[0] = sum[0];",
          shared,
        ),
        call,
      ),
    );
    expect(await faultOf(page, "call")).toMatchObject({
      code: "executor/out-of-fuel",
      at: "filters",
      line: 5,
    });
    // The same device computes on.
    expect(troubles(await runText(page, notebook(brighten, goodCall)))).toEqual([]);
    await close();
  });

  test.each([
    ["a text of 70 kB", kernel("  y[0] = 1.0;", `// ${"x".repeat(70_000)}\n`), "admission/too-long"],
    [
      "64 MiB of private memory",
      kernel("  a[id.x] = 1.0; y[0] = a[1];", "var<private> a: array<f32, 16777216>;\n"),
      "admission/memory",
    ],
    [
      "64 kB of workgroup memory",
      kernel("  a[id.x] = 1.0; y[0] = a[1];", "var<workgroup> a: array<f32, 16384>;\n"),
      "admission/memory",
    ],
    ["1,024 threads", kernel("  y[0] = 1.0;").replace("(64)", "(1024)"), "admission/workgroup"],
    ["100 nested blocks", kernel(`${"{".repeat(100)} y[0] = 1.0; ${"}".repeat(100)}`), "admission/too-deep"],
    ["2,100 statements", kernel("y[0]=1;".repeat(2100)), "admission/too-large"],
    ["calls that double 25 times", kernel("  y[id.x] = g24(1.0);", doubling(25)), "admission/too-large"],
  ])("[WC5] %s is refused before anything is compiled", async (_, wgsl, code) => {
    const { page, close } = await openNotebook(browser);
    await openText(page, notebook(wgsl, "1"));
    await cell(page, "filters").locator(".fault").waitFor();
    const { analysis, status } = await cellNamed(page, "filters");
    expect(analysis?.faults.map((fault) => fault.code)).toEqual([code]);
    expect(status).not.toBe("fresh");
    await close();
  });

  test("[WC6] a grid beyond WebGPU's and a tensor beyond the memory are refused at the call", async () => {
    const { page, close } = await openNotebook(browser);
    const plain = kernel("  y[id.x] = 1.0;");
    await runText(page, notebook(plain, "1;\nawait filters.main(70_000, { y: out(3) })"));
    expect(await faultOf(page, "call")).toMatchObject({ code: "kernel/grid", at: "call", line: 2 });
    await runText(page, notebook(plain, "1;\nawait filters.main(1, { y: out([40_000, 40_000]) })"));
    expect(await faultOf(page, "call")).toMatchObject({
      code: "executor/out-of-memory",
      at: "call",
      line: 2,
    });
    await close();
  });

  test("[WC7] renamed, it is renamed in its callers; one undo takes it back, and they run as before", async () => {
    const { page, problems, close } = await openNotebook(browser);
    const text = notebook(brighten, goodCall);
    expect(troubles(await runText(page, text))).toEqual([]);
    const name = cell(page, "filters").getByRole("textbox", { name: "Name of the kernel" });
    await name.fill("call");
    await cell(page, "filters").getByRole("alert").waitFor();
    await name.fill("pictures");
    await name.press("Enter");
    await page.getByText("Renamed filters to pictures in the cell that calls it").waitFor();
    expect(await textOf(page)).toBe(
      text.replace("{#filters}", "{#pictures}").replace("filters.bri", "pictures.bri"),
    );
    await shoot(page, "wgsl-renamed");
    await page.getByRole("button", { name: "Undo" }).click();
    await expect.poll(() => textOf(page)).toBe(text);
    // Whether it follows by itself depends on how long it took.
    await cell(page, "call").hover();
    await cell(page, "call").getByRole("button", { name: "Run this cell" }).click();
    await waitForStatus(page, "call", /fresh/);
    await cell(page, "call").locator(".outputs", { hasText: "2.5,4.5,6.5" }).waitFor();
    expect(problems).toEqual([]);
    await close();
  });

  test(
    "[WC8] a kernel that the page was lost with waits for the person's word",
    { timeout: 180_000 },
    async () => {
      const { page, close } = await openNotebook(browser);
      const slow = kernel("  for (var i = 0u; i < 3000u; i++) { y[id.x] = y[id.x] * 0.5 + f32(i); }");
      await openText(page, notebook(slow, "await filters.main([60_000, 60_000], { y: out(64) })"));
      await page.getByRole("button", { name: "Run all" }).click();
      await expect.poll(() => dangers(page), { timeout: 60_000 }).toEqual(["run"]);
      // As good as a crash: nothing of the page is left that could say how the run went.
      await page.reload();
      await runText(
        page,
        notebook(slow, "[...(await (await filters.main(1, { y: out(64) })).data())].length"),
      );
      // It is not even compiled, so that its callers wait for it.
      expect(await faultOf(page, "filters")).toMatchObject({
        code: "executor/quarantined",
        at: "filters",
        line: 3,
      });
      await shoot(page, "wgsl-quarantined");
      await cell(page, "filters").getByRole("button", { name: "Let it run once more" }).click();
      await waitForStatus(page, "filters", /fresh/);
      await cell(page, "call").hover();
      await cell(page, "call").getByRole("button", { name: "Run this cell" }).click();
      await cell(page, "call").locator(".outputs", { hasText: "64" }).waitFor();
      await expect.poll(() => dangers(page)).toEqual([]);
      await close();
    },
  );
});

function doubling(times: number): string {
  const functions = ["fn g0(x: f32) -> f32 { return x; }"];
  for (let at = 1; at < times; at++)
    functions.push(`fn g${at}(x: f32) -> f32 { return g${at - 1}(x) + g${at - 1}(x); }`);
  return `${functions.join("\n")}\n`;
}

/** The stages that stand in the crash ledger of this browser. */
async function dangers(page: Page): Promise<readonly string[]> {
  // Opening one that is not there would make an empty one.
  const there = await page.evaluate(
    `indexedDB.databases().then((all) => all.some(({ name }) => name === "tilebook dangers"))`,
  );
  if (there !== true) return [];
  return page.evaluate(`new Promise((resolve, reject) => {
    const opening = indexedDB.open("tilebook dangers");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const database = opening.result;
      const all = database.transaction("dangers").objectStore("dangers").getAll();
      all.onsuccess = () => { database.close(); resolve(all.result.map(({ stage }) => stage)); };
    };
  })`);
}
