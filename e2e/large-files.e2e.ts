import { closeSync, ftruncateSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CellState } from "@tilebook/notebook";
import type { Browser, Page } from "playwright-core";
import type { Browser as Firefox } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { launchChromium } from "./rig/chromium.ts";
import { cellNamed, type Evaluator, runText, troubles, until, waitForStatus } from "./rig/door.ts";
import { type FileSite, type Manner, startFileSite } from "./rig/file-site.ts";
import { doorOf, launchFirefox } from "./rig/firefox.ts";
import { shoot } from "./rig/shoot.ts";

const outside = fileURLToPath(new URL("../packages/tensor/src/testing/outside/", import.meta.url));
const chat = readFileSync(new URL("../public/notebooks/chat.nb.md", import.meta.url), "utf8");
/** A small model, and behind it nothing but zeros. */
const model = new Uint8Array(readFileSync(join(outside, "tiny-llama.gguf")));
const said = JSON.parse(readFileSync(join(outside, "tiny-llama.json"), "utf8")) as {
  readonly prompt: readonly number[];
  readonly greedy: readonly number[];
};
const [large, larger] = [300 * 2 ** 20, 5 * 2 ** 29];

/** Writes on with a model that the reader brings, by the cell of the gallery's notebook. */
const writing = `\`\`\`ts {#told run=auto}
if (opened) {
  const weights = await opened.load();
  const [told] = await serving.writer({ ...llama({ ...opened, weights }), chunk: 16 }).all([${JSON.stringify(said.prompt)}], { most: 2 });
  display(check("tokens of llama.cpp", String(told), { equals: "${String(said.greedy.slice(0, 2))}" }));
}
\`\`\`
`;

/** Reads one tensor of it. */
const reading = `\`\`\`ts {#told run=auto}
if (opened) display(check("bytes of a tensor", (await opened.bytesOf("rope_freqs.weight")).length, { equals: 16 }));
\`\`\`
`;

const textOf = (told: string): string => `# A large model

\`\`\`ts {#llama}
${/^```ts \{#llama\}\n([^]*?)^```$/m.exec(chat)?.[1] ?? ""}\`\`\`

\`\`\`ts {#brought run=auto}
const chosen = await fileInput("model", { accept: ".gguf" });
\`\`\`

\`\`\`ts {#opened run=auto}
const opened = chosen && await gguf.open(chosen);
\`\`\`

${told}
\`\`\`ts {#tail run=auto}
const tail = chosen && await chosen.slice(2 ** 28 + 5, 2 ** 28 + 9);
if (tail) display(check("bytes far behind", String(tail), { equals: "0,0,0,0" }));
\`\`\`

\`\`\`ts {#all run=lazy}
const all = chosen?.bytes.length;
\`\`\`
`;

declare const document: { readonly body: { readonly textContent: string } };
declare const HTMLInputElement: {
  readonly prototype: { addEventListener: (name: string, ...more: unknown[]) => void };
};
declare const window: { readonly tilebook?: { stop(): void } };

/** The cells that read the model, and a part far behind it, say what they should. */
async function passed(page: Evaluator): Promise<void> {
  for (const id of ["told", "tail"])
    await expect
      .poll(async () => checksOf(await cellNamed(page, id)), { timeout: 60_000, interval: 200 })
      .toEqual([true]);
}

function checksOf({ fault, outputs }: CellState): readonly unknown[] {
  if (fault !== undefined) return [fault];
  return outputs.flatMap((output) => (output.kind === "check" ? [output.passed] : []));
}

/** 2.5 GiB, of which the disk has the beginning alone. */
function largeFile(folder: string): string {
  const path = join(folder, "large.gguf");
  const file = openSync(path, "w");
  writeSync(file, model);
  ftruncateSync(file, larger);
  closeSync(file);
  return path;
}

async function give(page: Page, address: string): Promise<void> {
  await page.getByRole("button", { name: "From an address" }).click();
  await page.getByLabel("Address of model").fill(address);
  await page.keyboard.press("Enter");
}

describe("files that are larger than memory should hold", () => {
  let browser: Browser;
  let site: FileSite;
  beforeAll(async () => {
    browser = await launchChromium();
    site = await startFileSite(inject("site"), model, large);
  });
  afterAll(async () => {
    site.close();
    await browser.close();
  });

  const open = async (told = reading): Promise<Page> => {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
    await page.goto(`${site.url}?interpreter`);
    expect(troubles(await runText(page, textOf(told)))).toEqual([]);
    site.asked.length = 0;
    return page;
  };
  const address = (manner: Manner): string => `${site.url}files/${encodeURIComponent(manner)}/tiny.gguf`;

  test("[LF1] a model at an address is read in parts, once the reader allows it, and writes what llama.cpp writes", async () => {
    const page = await open(writing);
    await give(page, address("parts"));
    await page.getByText("So it learns which parts those are.").waitFor();
    await shoot(page, "address-large");
    await page.getByRole("button", { name: "Read in parts" }).click();
    await passed(page);
    // The first answer was left when its head was there; the header's part has all of the model.
    expect(site.asked).toEqual(["bytes=0-", "bytes=0-262143", "bytes=268435456-268500991"]);
    await shoot(page, "address-parts");
    await page.close();
  });

  test("[LF2] all of it is loaded where the reader wants that, or the site knows no parts", async () => {
    for (const manner of ["parts", "no parts"] as const) {
      const page = await open();
      await give(page, address(manner));
      if (manner === "parts") await page.getByRole("button", { name: "Load all 300 MB" }).click();
      await passed(page);
      expect(site.asked).toEqual(manner === "parts" ? ["bytes=0-", "bytes=0-"] : ["bytes=0-"]);
      await page.close();
    }
  });

  test.each([
    ["changes", "address/changed"],
    ["ends parts", "address/parts"],
    ["breaks off", "address/reach"],
  ] as const)("[LF3] a site that %s later is a fault where the part was asked for", async (manner, code) => {
    const page = await open();
    await give(page, address(manner));
    await page.getByRole("button", { name: "Read in parts" }).click();
    const { fault, text: cell } = await waitForStatus(page, "tail", /failed/);
    expect(fault?.code).toBe(code);
    expect(cell.slice(fault?.span?.start)).toMatch(/^slice\(/);
    await page.close();
  });

  test("[LF4] a part that hangs is left when its cell is interrupted", async () => {
    const page = await open();
    await give(page, address("hangs"));
    await page.getByRole("button", { name: "Read in parts" }).click();
    await waitForStatus(page, "tail", /running/);
    await expect.poll(() => site.asked.length).toBe(3);
    const before = site.ended();
    await page.evaluate(() => window.tilebook?.stop());
    await expect.poll(() => site.ended(), { timeout: 10_000 }).toBe(before + 1);
    await page.close();
  });

  test("[LF5] a file of 2.5 GiB of this device is opened where it lies; as one piece it is a fault that says what to do", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tilebook-large-"));
    const path = largeFile(folder);
    const page = await open(writing);
    const [chooser] = await Promise.all([
      page.waitForEvent("filechooser"),
      page.getByRole("button", { name: "model", exact: true }).click(),
    ]);
    await chooser.setFiles(path);
    await passed(page);
    await page.locator("#cell-all").getByRole("button", { name: "Run" }).first().click();
    const { fault, text: cell } = await waitForStatus(page, "all", /failed/);
    expect(fault?.code).toBe("asset/large");
    expect(cell.slice(fault?.span?.start)).toMatch(/^bytes/);
    await shoot(page, "large-file");
    await page.close();
    rmSync(folder, { recursive: true });
  });
});

describe("the same in Firefox", () => {
  let browser: Firefox;
  let site: FileSite;
  beforeAll(async () => {
    browser = await launchFirefox();
    site = await startFileSite(inject("site"), model, large);
  });
  afterAll(async () => {
    site.close();
    await browser.close();
  });

  test("[LF6] an address is read in parts, and a file of this device where it lies", async () => {
    const page = await browser.newPage();
    await page.goto(`${site.url}?interpreter`);
    const at = doorOf(page);
    expect(troubles(await runText(at, textOf(reading)))).toEqual([]);
    await page.locator("::-p-text(From an address)").click();
    await page.locator('[aria-label="Address of model"]').fill(`${site.url}files/parts/tiny.gguf`);
    await page.locator("::-p-text(Load)").click();
    await page.locator("::-p-text(Read in parts)").click();
    await passed(at);
    expect(site.asked).toEqual(["bytes=0-", "bytes=0-262143", "bytes=268435456-268500991"]);

    const folder = mkdtempSync(join(tmpdir(), "tilebook-large-"));
    const path = largeFile(folder);
    // To whoever drives it, Firefox says that the choice was cancelled before it gives the file.
    await page.evaluate(() => {
      const { prototype } = HTMLInputElement;
      const { addEventListener } = prototype;
      prototype.addEventListener = function (name: string, ...more: unknown[]) {
        if (name !== "cancel") addEventListener.call(this, name, ...more);
      };
    });
    const [chooser] = await Promise.all([
      page.waitForFileChooser(),
      page.locator("::-p-text(Choose a file)").click(),
    ]);
    await chooser.accept([path]);
    await until(at, () => document.body.textContent.includes("large.gguf"), 30);
    await passed(at);
    expect(site.asked).toHaveLength(3);
    await page.close();
    rmSync(folder, { recursive: true });
  });
});
