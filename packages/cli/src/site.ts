import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Fault } from "@tilebook/base";
import { createServer, preview } from "vite";

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

/** Serves `dist` on loopback. Port 0 takes any free port; another port moves up when it is taken. */
export async function serveSite(root: string, port: number): Promise<Site> {
  const server = await preview({
    root: join(root, "app"),
    configFile: join(root, "vite.config.ts"),
    logLevel: "error",
    preview: { host: "127.0.0.1", port, strictPort: false, open: false },
  });
  return { url: urlOf(server.resolvedUrls), close: () => server.close() };
}

/** The development server: no build, reloads as files change. */
export async function serveSources(root: string, port: number): Promise<Site> {
  const server = await createServer({
    root: join(root, "app"),
    configFile: join(root, "vite.config.ts"),
    server: { host: "127.0.0.1", port },
  });
  await server.listen();
  return { url: urlOf(server.resolvedUrls), close: () => server.close() };
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
