import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chromium, firefox } from "playwright-core";

export type BrowserName = "chromium" | "firefox";

/** How to find each browser: a variable that overrides all, Debian's places, then Playwright's own download. */
const places: Record<
  BrowserName,
  { readonly variable: string; readonly paths: readonly string[]; readonly own: () => string }
> = {
  chromium: {
    variable: "TILEBOOK_CHROMIUM",
    paths: ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"],
    own: () => chromium.executablePath(),
  },
  firefox: {
    variable: "TILEBOOK_FIREFOX",
    paths: ["/usr/bin/firefox-esr", "/usr/bin/firefox"],
    own: () => firefox.executablePath(),
  },
};

/** Debian's packages: lavapipe (mesa) is Firefox's WebGPU adapter, SwiftShader comes inside Chromium. */
const packages: Record<BrowserName, readonly string[]> = {
  chromium: ["chromium"],
  firefox: ["firefox-esr", "mesa-vulkan-drivers"],
};

export interface FoundBrowser {
  readonly path: string;
  /** Playwright's patched build, which only Playwright can drive. */
  readonly patched: boolean;
}

export function findBrowser(name: BrowserName): FoundBrowser | undefined {
  const { variable, paths, own } = places[name];
  const chosen = process.env[variable];
  const path = [...(chosen === undefined ? [] : [chosen]), ...paths].find((candidate) =>
    existsSync(candidate),
  );
  if (path !== undefined) return { path, patched: false };
  return existsSync(own()) ? { path: own(), patched: true } : undefined;
}

/** The oldest major versions known to have the WebGPU we need (Firefox 140 rejects it on Linux). */
const oldest: Record<BrowserName, number> = { chromium: 150, firefox: 153 };

/** Installs what is missing or too old: with apt where this user may, else by Playwright's download. Returns what could not be had. */
export function provideBrowsers(
  names: readonly BrowserName[],
  say: (line: string) => void,
): readonly BrowserName[] {
  for (const name of names.filter((candidate) => !isUsable(candidate))) {
    say(`${name} is missing or too old; installing it`);
    if (!installWithApt(packages[name]) || !isUsable(name)) installWithPlaywright(name);
  }
  return names.filter((name) => !isUsable(name));
}

function isUsable(name: BrowserName): boolean {
  const found = findBrowser(name);
  if (found === undefined) return false;
  const { stdout } = spawnSync(found.path, ["--version"], { encoding: "utf8", timeout: 60_000 });
  return Number(/(\d+)\./.exec(stdout)?.[1] ?? 0) >= oldest[name];
}

/** What a person can do about a missing browser. */
export function adviceFor(name: BrowserName): string {
  const { variable } = places[name];
  return (
    `${name} ${oldest[name]} or newer is not here and could not be installed. Install it (Debian, Ubuntu: apt-get update && ` +
    `apt-get install ${packages[name].join(" ")}; anywhere: npx playwright-core install --with-deps ${name}) or point ` +
    `${variable} at its executable.`
  );
}

/** Package lists first: what an old list calls the newest is old too. */
function installWithApt(wanted: readonly string[]): boolean {
  if (!succeeds("apt-get", ["--version"])) return false;
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && !succeeds("sudo", ["-n", "true"])) return false;
  const apt = (args: readonly string[]): boolean =>
    isRoot ? succeeds("apt-get", args) : succeeds("sudo", ["-n", "apt-get", ...args]);
  apt(["update"]);
  return apt(["install", "-y", "--no-install-recommends", ...wanted]);
}

function installWithPlaywright(name: BrowserName): boolean {
  return (
    succeeds("npx", ["--no-install", "playwright-core", "install", "--with-deps", name]) ||
    succeeds("npx", ["--no-install", "playwright-core", "install", name])
  );
}

function succeeds(command: string, args: readonly string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  return spawnSync(command, args, { stdio: "ignore", env, timeout: 600_000 }).status === 0;
}

/** Keep Chromium off the network, and let it run as root. */
const quietFlags: readonly string[] = [
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--enable-unsafe-webgpu",
];

/** Flags that give Chromium a WebGPU adapter in software. */
export const softwareGpuFlags: readonly string[] = [
  ...quietFlags,
  "--disable-gpu-watchdog",
  "--use-webgpu-adapter=swiftshader",
];

/** Flags under which headless Chromium uses this machine's GPU, where there is one. */
export const hardwareGpuFlags: readonly string[] = [
  ...quietFlags,
  "--ignore-gpu-blocklist",
  ...(process.platform === "linux" ? ["--enable-features=Vulkan", "--use-angle=vulkan"] : []),
];
