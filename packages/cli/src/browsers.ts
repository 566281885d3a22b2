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

/** Installs what is missing: with apt where this user may, else by Playwright's download. Returns what could not be had. */
export function provideBrowsers(
  names: readonly BrowserName[],
  say: (line: string) => void,
): readonly BrowserName[] {
  for (const name of names.filter((candidate) => findBrowser(candidate) === undefined)) {
    say(`${name} is missing; installing it`);
    if (!installWithApt(packages[name])) installWithPlaywright(name);
  }
  return names.filter((name) => findBrowser(name) === undefined);
}

/** What a person can do about a missing browser. */
export function adviceFor(name: BrowserName): string {
  const { variable } = places[name];
  return (
    `${name} is not here and could not be installed. Install it (Debian, Ubuntu: apt-get install ${packages[name].join(" ")}; ` +
    `anywhere: npx playwright-core install --with-deps ${name}) or point ${variable} at its executable.`
  );
}

function installWithApt(wanted: readonly string[]): boolean {
  if (!succeeds("apt-get", ["--version"])) return false;
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && !succeeds("sudo", ["-n", "true"])) return false;
  const apt = (args: readonly string[]): boolean =>
    isRoot ? succeeds("apt-get", args) : succeeds("sudo", ["-n", "apt-get", ...args]);
  const install = ["install", "-y", "--no-install-recommends", ...wanted];
  return apt(install) || (apt(["update"]) && apt(install));
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

/** Flags that give Chromium a WebGPU adapter in software, keep it off the network, and let it run as root. */
export const softwareGpuFlags: readonly string[] = [
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
