import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { build } from "vite";
import { launchChromium } from "../rig/chromium.ts";
import type { CompileTimes, measureCompile } from "./compile-page.ts";

declare const self: { readonly compileBench: { readonly measureCompile: typeof measureCompile } };

/** Fresh pages and fresh threads, so that each has a first compile. */
const rounds = 5;

/**
 * npm run bench:compile - attention from its source to WGSL, in Chromium and in Node, as it is built for users. Numbers, not
 * a test: this machine's load is in them, and is printed with them.
 */
export async function main(_: readonly string[], root: string): Promise<number> {
  const out = mkdtempSync(join(tmpdir(), "tilebook-bench-"));
  try {
    await bundle(root, out);
    const file = join(out, "bench.js");
    print("Chromium", "without a warm-up", await inChromium(file, false));
    print("Chromium", "after a warm-up", await inChromium(file, true));
    print("Node", "without a warm-up", await inNode(file, false));
    print("Node", "after a warm-up", await inNode(file, true));
    return 0;
  } finally {
    rmSync(out, { recursive: true });
  }
}

async function bundle(root: string, outDir: string): Promise<void> {
  const entry = fileURLToPath(new URL("compile-page.ts", import.meta.url));
  const lib = { entry, formats: ["iife" as const], name: "compileBench", fileName: () => "bench.js" };
  await build({
    root,
    configFile: false,
    publicDir: false,
    logLevel: "error",
    build: { outDir, emptyOutDir: true, lib },
  });
}

async function inChromium(file: string, warmed: boolean): Promise<readonly CompileTimes[]> {
  const times: CompileTimes[] = [];
  for (let round = 0; round < rounds; round++) {
    const browser = await launchChromium();
    const page = await browser.newPage();
    await page.addScriptTag({ path: file });
    times.push(await page.evaluate((first) => self.compileBench.measureCompile(first), warmed));
    await browser.close();
  }
  return times;
}

async function inNode(file: string, warmed: boolean): Promise<readonly CompileTimes[]> {
  const answer = `require("node:worker_threads").parentPort.postMessage(compileBench.measureCompile(${warmed}));`;
  const times: CompileTimes[] = [];
  for (let round = 0; round < rounds; round++) {
    const worker = new Worker(`${readFileSync(file, "utf8")}\n${answer}`, { eval: true });
    times.push(await new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject)));
    await worker.terminate();
  }
  return times;
}

function print(where: string, how: string, times: readonly CompileTimes[]): void {
  const middle = (of: (one: CompileTimes) => number): string =>
    (times.map(of).toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0).toFixed(1);
  const numbers = `first ${middle((one) => one.first)} ms; then least ${middle((one) => one.least)} ms, median ${middle((one) => one.median)} ms, p95 ${middle((one) => one.p95)} ms`;
  const load = loadavg()[0]?.toFixed(1);
  process.stdout.write(`${where}, ${how}: ${numbers}; ${times[0]?.wgslBytes} bytes of WGSL (load ${load})\n`);
}
