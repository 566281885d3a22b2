import { createSocket, type Socket } from "node:dgram";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer as createHttp, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { createServer, type Plugin, type ViteDevServer } from "vite";
import { afterAll, beforeAll } from "vitest";
import { tilebookSandbox } from "../vite/index.ts";
import type { Door, Ended } from "./page.ts";

declare const window: { readonly door: Door };

const paths = [process.env["TILEBOOK_CHROMIUM"], "/usr/bin/chromium", "/usr/bin/chromium-browser"];

/** Chromium with WebGPU on SwiftShader (shared/reference/rigs.md). */
const flags: readonly string[] = [
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-gpu-watchdog",
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
];

export async function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath(), headless: true, args: [...flags] });
}

/** Chromium at `url` without anybody driving it. Returns how to end it. */
export function launchAlone(url: string): () => void {
  const profile = mkdtempSync(join(tmpdir(), "tilebook-sandbox-"));
  const args = [...flags, "--headless", `--user-data-dir=${profile}`, url];
  const browser = spawn(chromiumPath(), args, { stdio: "ignore", detached: true });
  return () => {
    if (browser.pid !== undefined) process.kill(-browser.pid, "SIGKILL");
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  };
}

function chromiumPath(): string {
  const path = paths.find((candidate) => candidate !== undefined && existsSync(candidate));
  if (path === undefined) throw new Error("no Chromium: set TILEBOOK_CHROMIUM to its executable");
  return path;
}

/** Counts everything that reaches it, over HTTP and UDP on one port. */
export interface Trap {
  readonly url: string;
  readonly hits: string[];
  close(): Promise<void>;
}

export async function openTrap(): Promise<Trap> {
  const hits: string[] = [];
  const http: Server = createHttp((request, response) => {
    hits.push(`${request.method} ${request.url}`);
    response.setHeader("access-control-allow-origin", "*");
    response.setHeader("content-type", "text/javascript");
    response.end("0;");
  });
  http.on("upgrade", (request, socket) => {
    hits.push(`UPGRADE ${request.url}`);
    socket.destroy();
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const { port } = http.address() as AddressInfo;
  const udp: Socket = createSocket("udp4");
  udp.on("message", () => hits.push("UDP"));
  await new Promise<void>((resolve) => udp.bind(port, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${port}`,
    hits,
    close: async () => {
      udp.close();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

/** Vite's own dev server over the test page, and what the page reports to it by itself. */
export interface Site {
  readonly url: string;
  /** The next report of this name. */
  report(name: string): Promise<unknown>;
  close(): Promise<void>;
}

export async function openSite(): Promise<Site> {
  const reports = new Map<string, PromiseWithResolver>();
  const server: ViteDevServer = await createServer({
    configFile: false,
    root: fileURLToPath(new URL(".", import.meta.url)),
    logLevel: "error",
    plugins: [tilebookSandbox(), reporting(reports)],
    server: { host: "127.0.0.1", port: 0, hmr: false, watch: null },
    optimizeDeps: { noDiscovery: true },
  });
  await server.listen();
  const address = server.httpServer?.address() as AddressInfo | undefined;
  return {
    url: `http://127.0.0.1:${address?.port}/`,
    report: (name) => waiting(reports, name).promise,
    close: () => server.close(),
  };
}

function reporting(reports: Map<string, PromiseWithResolver>): Plugin {
  return {
    name: "reports",
    configureServer(server) {
      server.middlewares.use("/report", (request, response) => {
        let body = "";
        request.on("data", (piece: Buffer) => (body += piece.toString()));
        request.on("end", () => {
          const { name, value } = JSON.parse(body) as { name: string; value: unknown };
          waiting(reports, name).resolve(value);
          response.end();
        });
      });
    },
  };
}

interface PromiseWithResolver {
  readonly promise: Promise<unknown>;
  readonly resolve: (value: unknown) => void;
}

function waiting(reports: Map<string, PromiseWithResolver>, name: string): PromiseWithResolver {
  const known = reports.get(name);
  if (known !== undefined) return known;
  const box: { resolve?: (value: unknown) => void } = {};
  const promise = new Promise((done) => (box.resolve = done));
  const made = { promise, resolve: (value: unknown) => box.resolve?.(value) };
  reports.set(name, made);
  return made;
}

/** A fresh test page with an open door, whose errors end up in `problems`. */
export async function openPage(browser: Browser, site: Site): Promise<{ page: Page; problems: string[] }> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  await page.goto(site.url);
  await page.waitForFunction(() => "door" in window);
  return { page, problems };
}

/** Runs one cell in the page to its end. */
export function run(page: Page, cell: string, text: string): Promise<Ended> {
  return page.evaluate(([id, code]) => window.door.run(id, code), [cell, text] as const);
}

/** A browser and the site for all tests of a file. */
export function siteForTests(): { readonly browser: Browser; readonly site: Site } {
  const opened: { browser?: Browser; site?: Site } = {};
  beforeAll(async () => {
    const [browser, site] = await Promise.all([launch(), openSite()]);
    Object.assign(opened, { browser, site });
  }, 60_000);
  afterAll(async () => {
    await opened.browser?.close();
    await opened.site?.close();
  });
  return {
    get browser() {
      return there(opened.browser);
    },
    get site() {
      return there(opened.site);
    },
  };
}

function there<T>(opened: T | undefined): T {
  if (opened === undefined) throw new Error("it opens before the first test");
  return opened;
}
