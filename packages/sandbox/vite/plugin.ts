import type { ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";
import { bundle, type Bundled } from "./bundle.ts";
import { framePage } from "./page.ts";

export interface SandboxPluginOptions {
  /** Name of the frame page beside index.html. */
  readonly frame?: string;
}

const entries = {
  "virtual:tilebook-cell-worker": source("../src/cell/main.ts"),
  "virtual:tilebook-gpu-worker": source("../src/gpu/main.ts"),
} as const;
const frameEntry = source("../src/frame/main.ts");

/**
 * Builds what the sandbox needs, the same way in dev and in build:
 * - `virtual:tilebook-cell-worker` and `virtual:tilebook-gpu-worker`: each worker's whole script as a string;
 * - the frame page: emitted in build, served by the dev and preview servers, its script inlined.
 */
export function tilebookSandbox(options: SandboxPluginOptions = {}): Plugin {
  const frame = options.frame ?? "frame.html";
  const bundles = new Bundles();
  let dev = false;
  return {
    name: "tilebook-sandbox",
    configResolved(config) {
      dev = config.command === "serve";
      bundles.minify = !dev;
    },
    resolveId: (id) => (Object.hasOwn(entries, id) ? `\0${id}` : undefined),
    async load(id) {
      const entry = Object.entries(entries).find(([name]) => id === `\0${name}`)?.[1];
      if (entry === undefined) return undefined;
      const { text, files } = await bundles.of(entry);
      for (const file of files) this.addWatchFile(file);
      return `export default ${JSON.stringify(text)};`;
    },
    watchChange: () => bundles.clear(),
    hotUpdate: () => bundles.clear(),
    async buildStart() {
      if (dev) return;
      this.emitFile({
        type: "asset",
        fileName: frame,
        source: framePage((await bundles.of(frameEntry)).text),
      });
    },
    configureServer(server) {
      const path = `${server.config.base}${frame}`;
      server.middlewares.use((request, response, next) => {
        if (new URL(request.url ?? "/", "http://x").pathname !== path) return next();
        bundles.of(frameEntry).then(({ text }) => servePage(response, framePage(text)), next);
      });
    },
  };
}

function servePage(response: ServerResponse, page: string): void {
  response.setHeader("content-type", "text/html; charset=utf-8");
  response.setHeader("cache-control", "no-store");
  response.end(page);
}

/** Each entry bundled once, until a source changes. */
class Bundles {
  minify = false;
  readonly #made = new Map<string, Promise<Bundled>>();

  of(entry: string): Promise<Bundled> {
    const made = this.#made.get(entry) ?? bundle(entry, this.minify);
    this.#made.set(entry, made);
    made.catch(() => this.#made.delete(entry));
    return made;
  }

  clear(): void {
    this.#made.clear();
  }
}

function source(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}
