import type { ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";
import { bundle, type Bundled } from "./bundle.ts";
import { framePage } from "./page.ts";
import { bundleWorkers, type Workers } from "./workers.ts";

export interface SandboxPluginOptions {
  /** Name of the frame page beside index.html. */
  readonly frame?: string;
}

const entries = {
  cell: source("../src/cell/main.ts"),
  gpu: source("../src/gpu/main.ts"),
};
const sharedModule = "virtual:tilebook-shared-worker";
const workers: Readonly<Record<string, keyof typeof entries>> = {
  "virtual:tilebook-cell-worker": "cell",
  "virtual:tilebook-gpu-worker": "gpu",
};
const frameEntry = source("../src/frame/main.ts");

/**
 * Builds what the sandbox needs, the same way in dev and in build:
 * - `virtual:tilebook-cell-worker` and `virtual:tilebook-gpu-worker`: each worker's whole script as a string, put together
 *   from what both share, which is loaded once, and what is its own;
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
    resolveId: (id) => (id === sharedModule || Object.hasOwn(workers, id) ? `\0${id}` : undefined),
    async load(id) {
      const name = id.slice(1);
      const worker = workers[name];
      if (!id.startsWith("\0") || (name !== sharedModule && worker === undefined)) return undefined;
      const { shared, own, files } = await bundles.workers();
      for (const file of files) this.addWatchFile(file);
      if (worker === undefined) return `export default ${JSON.stringify(shared)};`;
      return `import shared from "${sharedModule}";\nexport default shared + ${JSON.stringify(own[worker])};`;
    },
    watchChange: () => bundles.clear(),
    hotUpdate: () => bundles.clear(),
    async buildStart() {
      if (dev) return;
      this.emitFile({
        type: "asset",
        fileName: frame,
        source: framePage((await bundles.frame()).text),
      });
    },
    configureServer(server) {
      const path = `${server.config.base}${frame}`;
      server.middlewares.use((request, response, next) => {
        if (new URL(request.url ?? "/", "http://x").pathname !== path) return next();
        bundles.frame().then(({ text }) => servePage(response, framePage(text)), next);
      });
    },
  };
}

function servePage(response: ServerResponse, page: string): void {
  response.setHeader("content-type", "text/html; charset=utf-8");
  response.setHeader("cache-control", "no-store");
  response.end(page);
}

/** The workers and the frame bundled once, until a source changes. */
class Bundles {
  minify = false;
  #workers: Promise<Workers> | undefined;
  #frame: Promise<Bundled> | undefined;

  workers(): Promise<Workers> {
    this.#workers ??= bundleWorkers(entries, this.minify);
    this.#workers.catch(() => (this.#workers = undefined));
    return this.#workers;
  }

  frame(): Promise<Bundled> {
    this.#frame ??= bundle(frameEntry, this.minify);
    this.#frame.catch(() => (this.#frame = undefined));
    return this.#frame;
  }

  clear(): void {
    this.#workers = undefined;
    this.#frame = undefined;
  }
}

function source(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}
