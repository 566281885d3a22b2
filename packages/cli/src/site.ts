import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { join } from "node:path";
import { Fault } from "@tilebook/base";
import { type Relay, relayAnswer, relayPath, type SiteFacts } from "@tilebook/hub";
import { createServer, type Plugin, preview, type PreviewServer, type ViteDevServer } from "vite";

export interface Site {
  readonly url: string;
  close(): Promise<void>;
}

/** Everything the built page is made from. */
const sources = ["app", "packages", "shaders", "public", "docs", "vite.config.ts", "package-lock.json"];

/** Builds `dist` unless it already belongs to the sources as they are now. */
export async function buildSite(root: string, say: (line: string) => void): Promise<void> {
  const stamp = stampOf(root);
  const file = join(root, "dist", ".stamp");
  if (existsSync(file) && readFileSync(file, "utf8") === stamp) return;
  say("building the page (first start, or the sources changed)");
  buildApart(root);
  writeFileSync(file, stamp);
}

/** In a process of its own: in a test runner's or module runner's environment React would be built for development. */
function buildApart(root: string): void {
  const vite = join(root, "node_modules", "vite", "bin", "vite.js");
  const env = { ...process.env, NODE_ENV: "production" };
  const { status, stderr } = spawnSync(process.execPath, [vite, "build", "--logLevel", "error"], {
    cwd: root,
    env,
    encoding: "utf8",
  });
  if (status !== 0) throw new Fault("cli/build", "the page could not be built", { hint: stderr });
}

export interface SiteOptions {
  readonly port: number;
  /** Certificate and key, for other devices of this network: over `https`, on every address that this machine has. On loopback only without them. */
  readonly secure?: { readonly cert: string; readonly key: string } | undefined;
  /** Pages of the site find it at `relayPath`. */
  readonly relay?: Relay | undefined;
  /** What the site says of itself to its pages, beside its relay. */
  readonly facts?: SiteFacts;
}

/** Serves `dist`. Port 0 takes any free port; another port moves up when it is taken. */
export async function serveSite(root: string, options: SiteOptions): Promise<Site> {
  const { port, secure } = options;
  const server = await preview({
    root: join(root, "app"),
    configFile: join(root, "vite.config.ts"),
    logLevel: "error",
    plugins: [relayOf(options)],
    preview: {
      host: secure === undefined ? "127.0.0.1" : "0.0.0.0",
      port,
      strictPort: false,
      open: false,
      // Names and addresses of this machine are not known here, and there is nothing to read but the page.
      ...(secure === undefined ? {} : { https: secure, allowedHosts: true as const }),
    },
  });
  return { url: urlOf(server.resolvedUrls), close: () => server.close() };
}

/** The development server: no build, reloads as files change. */
export async function serveSources(root: string, options: SiteOptions): Promise<Site> {
  const server = await createServer({
    root: join(root, "app"),
    configFile: join(root, "vite.config.ts"),
    plugins: [relayOf(options)],
    server: { host: "127.0.0.1", port: options.port },
  });
  await server.listen();
  return { url: urlOf(server.resolvedUrls), close: () => server.close() };
}

function relayOf({ relay, facts = {} }: SiteOptions): Plugin {
  const add = ({ httpServer, middlewares }: PreviewServer | ViteDevServer): void => {
    if (relay === undefined || httpServer === null) return;
    relay.attach(httpServer as Server);
    middlewares.use(relayPath, (_, response) => {
      response.setHeader("content-type", "application/json");
      response.end(relayAnswer(facts));
    });
  };
  return { name: "tilebook-relay", configureServer: add, configurePreviewServer: add };
}

function urlOf(resolved: { readonly local: readonly string[] } | null): string {
  return resolved?.local[0] ?? "http://127.0.0.1/";
}

function stampOf(root: string): string {
  const hash = createHash("sha256");
  for (const path of sources.flatMap((name) => filesBelow(join(root, name)))) {
    const { mtimeMs, size } = statSync(path);
    hash.update(`${path} ${size} ${mtimeMs}\n`);
  }
  return hash.digest("hex");
}

function filesBelow(path: string): string[] {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .filter((name) => name !== "node_modules" && name !== "dist")
    .toSorted()
    .flatMap((name) => filesBelow(join(path, name)));
}
