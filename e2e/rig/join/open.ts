import { fileURLToPath } from "node:url";
import type { BrowserContext, Page } from "playwright-core";
import { build } from "vite";
import { inject } from "vitest";

let script: Promise<string> | undefined;

/** The host's script, bundled once. */
async function bundled(): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: "error",
    build: {
      write: false,
      target: "es2023",
      minify: false,
      rolldownOptions: {
        input: fileURLToPath(new URL("page.ts", import.meta.url)),
        output: { format: "es", codeSplitting: false },
      },
    },
  });
  const [output] = Array.isArray(result) ? result : [result];
  const chunk = output !== undefined && "output" in output ? output.output[0] : undefined;
  if (chunk === undefined) throw new Error("the host's script was not built");
  return chunk.code;
}

/** A page of the site with a host in it (`HostDoor`). Its context must not keep the site's policy: the script is not the site's. */
export async function openHost(context: BrowserContext, site: string = inject("site")): Promise<Page> {
  script ??= bundled();
  const page = await context.newPage();
  await page.goto(`${site}join.html`);
  await page.addScriptTag({ content: await script, type: "module" });
  await page.waitForFunction(() => "host" in globalThis);
  return page;
}
