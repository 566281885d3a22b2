import type { Browser, Page } from "playwright-core";
import { ggufFile, textValue } from "@tilebook/tensor/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { downloaded, launchChromium, openNotebook } from "./rig/chromium.ts";
import { cellsOf, runText, troubles, waitForStatus } from "./rig/door.ts";
import { shoot } from "./rig/shoot.ts";

const filesText = `# Files

\`\`\`ts {#kept}
const weights = random.normal([64, 3], { seed: 1 });
display(download("weights.safetensors", await safetensors.write({ weights })));
check("an address", await asset("https://example.org/x.npy").catch(({ code }) => code), { equals: "asset/elsewhere" })
\`\`\`

\`\`\`ts {#loaded run=auto}
const file = await fileInput("weights", { accept: ".safetensors" });
const loaded = file && safetensors.read(file.bytes).weights;
if (loaded) display(check(file.name + " came back", (await compare(loaded, weights)).maxAbs, { equals: 0 }));
\`\`\`
`;

const modelText = `# A model

\`\`\`ts {#model run=auto}
const chosen = await fileInput("model", { accept: ".gguf" });
const model = chosen && gguf.read(chosen.bytes);
model && table(Object.entries(model.tensors).map(([name, { type, bytes }]) => ({ name, type, bytes })))
\`\`\`

\`\`\`ts {#weights run=auto}
const weights = model && model.tensor("w").T;
\`\`\`

\`\`\`ts {#product run=auto}
const product = weights && tensor.ones([1, 64]).matmul(weights);
if (product) display(check("rows of " + model.metadata["general.name"], String(await product.data()), { equals: "64,-128" }));
\`\`\`
`;

/** Two rows of 64 weights: codes of 9 and of 6, less 8 each, with the scale 1. */
const modelFile: Uint8Array = ggufFile({
  values: { "general.name": textValue("two rows") },
  tensors: [
    {
      name: "w",
      type: 2,
      sizes: [64, 2],
      data: [0x99, 0x99, 0x66, 0x66].flatMap((pair) => [0x00, 0x3c, ...Array<number>(16).fill(pair)]),
    },
  ],
});

const address = "https://files.example/models/three.npy";

const addressText = `# From an address

\`\`\`ts {#given}
const three = await npy.write(tensor([1, 2, 3]));
display(download("three.npy", three));
\`\`\`

\`\`\`ts {#loaded run=auto}
const file = await fileInput("numbers", { accept: ".npy" });
if (file) display(check(file.name + " has", String(await npy.read(file.bytes).data()), { equals: "1,2,3" }));
\`\`\`

\`\`\`ts {#suggested run=auto}
await fileInput("written", { address: "${address}" });
\`\`\`

\`\`\`ts {#computed run=auto}
await fileInput("made up", { address: "https://files.example/" + (await tensor(7).item()) });
\`\`\`
`;

/** Types an address over what stands there, and loads. */
async function give(page: Page, label: string, text: string): Promise<void> {
  await page.getByLabel(`Address of ${label}`).fill(text);
  await page.keyboard.press("Enter");
}

describe("files of tensors", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  test("[T16] tensors are saved as a file and come back from one; a cut file and an address are faults on their lines", async () => {
    const { page, problems, close } = await openNotebook(browser, { path: "?interpreter" });
    const cells = await runText(page, filesText);
    expect(troubles(cells)).toEqual([]);
    const saved = await downloaded(page, () =>
      page.getByRole("button", { name: "Save weights.safetensors" }).click(),
    );
    const choose = async (name: string, buffer: Buffer): Promise<void> => {
      const [chooser] = await Promise.all([
        page.waitForEvent("filechooser"),
        page.getByRole("button", { name: "weights", exact: true }).click(),
      ]);
      await chooser.setFiles({ name, mimeType: "application/octet-stream", buffer });
    };
    await choose("cut.safetensors", saved.bytes.subarray(0, -4));
    const { fault, text } = await waitForStatus(page, "loaded", /failed/);
    expect(fault?.code).toBe("file/broken");
    expect(text.slice(fault?.span?.start).split("\n")[0]).toMatch(/^safetensors\.read|^read\(/);
    await choose(saved.name, saved.bytes);
    await page.getByText("weights.safetensors came back").waitFor();
    expect(troubles(await cellsOf(page))).toEqual([]);
    await shoot(page, "files");
    expect(problems).toEqual([]);
    await close();
  });

  test("[FI3] a GGUF file that the person chooses is told by its tensors, and multiplied by; a cut one is a fault on its line", async () => {
    const { page, problems, close } = await openNotebook(browser, { path: "?interpreter" });
    expect(troubles(await runText(page, modelText))).toEqual([]);
    const choose = async (buffer: Buffer): Promise<void> => {
      const [chooser] = await Promise.all([
        page.waitForEvent("filechooser"),
        page.getByRole("button", { name: "model", exact: true }).click(),
      ]);
      await chooser.setFiles({ name: "two-rows.gguf", mimeType: "application/octet-stream", buffer });
    };
    await choose(Buffer.from(modelFile.subarray(0, -36)));
    const { fault, text } = await waitForStatus(page, "model", /failed/);
    expect(fault?.code).toBe("file/broken");
    expect(text.slice(fault?.span?.start).split("\n")[0]).toMatch(/^gguf\.read|^read\(/);
    await choose(Buffer.from(modelFile));
    await page.getByText("rows of two rows").waitFor();
    await page.locator("#cell-weights").getByText("kept as Q4_0, 4.5 bits a number").waitFor();
    expect(troubles(await cellsOf(page))).toEqual([]);
    await shoot(page, "gguf");
    expect(problems).toEqual([]);
    await close();
  });

  test("[FI1] a file comes from an address that the person gives; what a cell makes up is not offered", async () => {
    const { page, problems, close } = await openNotebook(browser, { path: "?interpreter" });
    const asked: string[] = [];
    let bytes: Buffer = Buffer.alloc(0);
    await page.route("https://files.example/**", async (route) => {
      const headers = await route.request().allHeaders();
      asked.push(`${route.request().url()} ${headers["referer"] ?? ""}${headers["cookie"] ?? ""}`);
      const found = route.request().url() === address;
      await route.fulfill({
        status: found ? 200 : 404,
        body: bytes,
        headers: { "Access-Control-Allow-Origin": "*" },
      });
    });
    expect(troubles(await runText(page, addressText))).toEqual([]);
    ({ bytes } = await downloaded(page, () => page.getByRole("button", { name: "Save three.npy" }).click()));
    expect(await page.getByLabel("Address of written").inputValue()).toBe(address);
    expect(await page.getByLabel("Address of made up").count()).toBe(0);
    expect(asked).toEqual([]);

    const control = page.locator("#cell-loaded");
    await control.getByRole("button", { name: "From an address" }).click();
    await give(page, "numbers", "three numbers");
    await control.getByRole("alert").filter({ hasText: "no address" }).waitFor();
    await give(page, "numbers", "https://files.example/four.npy");
    await control.getByRole("alert").filter({ hasText: "no such file (404)" }).waitFor();
    await shoot(page, "address-fault");
    await give(page, "numbers", address);
    await page.getByText("three.npy has").waitFor();
    expect(troubles(await cellsOf(page))).toEqual([]);
    expect(asked).toEqual(["https://files.example/four.npy ", `${address} `]);
    await shoot(page, "address-loaded");
    expect(problems.filter((problem) => !problem.includes("404"))).toEqual([]);
    await close();
  });

  test("[FI2] a load is stopped, and one that fails leaves the notebook as it was", async () => {
    const { page, close } = await openNotebook(browser, { path: "?interpreter" });
    await page.route("https://files.example/**", () => undefined);
    await page.route("https://gone.example/**", (route) => route.abort("namenotresolved"));
    await runText(page, addressText);
    const control = page.locator("#cell-suggested");
    await control.getByRole("button", { name: "Load" }).click();
    await control.getByRole("progressbar").waitFor();
    await shoot(page, "address-loading");
    await control.getByRole("button", { name: "Stop" }).click();
    await control.getByRole("button", { name: "Load" }).waitFor();
    expect(await control.getByRole("alert").count()).toBe(0);
    await give(page, "written", "https://gone.example/x.npy");
    await control.getByRole("alert").filter({ hasText: "gone.example did not answer" }).waitFor();
    expect(troubles(await cellsOf(page))).toEqual([]);
    await close();
  });
});
