import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build, createServer, preview } from "vite";

export interface Site {
  readonly url: string;
  close(): Promise<void>;
}

/** Everything the built page is made from. */
const sources = ["app", "packages", "shaders", "public", "vite.config.ts", "package-lock.json"];

/** Builds `dist` unless it already belongs to the sources as they are now. */
export async function buildSite(root: string, say: (line: string) => void): Promise<void> {
  const stamp = stampOf(root);
  const file = join(root, "dist", ".stamp");
  if (existsSync(file) && readFileSync(file, "utf8") === stamp) return;
  say("building the page (first start, or the sources changed)");
  await build({ root: join(root, "app"), configFile: join(root, "vite.config.ts"), logLevel: "error" });
  writeFileSync(file, stamp);
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
