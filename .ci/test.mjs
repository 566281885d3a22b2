// Everything CI checks, in order of how soon it can fail. `npm test -- unit e2e` runs only the steps named.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

const root = fileURLToPath(new URL("..", import.meta.url));
const only = process.argv.slice(2);

const steps = [
  ["format", "npx", ["oxfmt", "--check"]],
  ["lint", "npx", ["oxlint", "--type-aware", "--quiet"]],
  ["types", "npx", ["tsc"]],
  ["unused", "npx", ["knip", "--strict"]],
  ["browsers", provideBrowsers],
  ["unit", "npx", ["vitest", "run"]],
  ["build", "npx", ["vite", "build", "--logLevel", "error"]],
  ["size", "npx", ["size-limit"]],
  ["e2e", "npx", ["vitest", "run", "--config", "e2e/vitest.config.ts"]],
];

/** Finds or installs Chromium and Firefox; says what to do where it can do neither. */
async function provideBrowsers() {
  const entry = fileURLToPath(new URL("../packages/cli/src/browsers.ts", import.meta.url));
  const { module } = await runnerImport(entry, { root, configFile: false, logLevel: "error" });
  const missing = module.provideBrowsers(["chromium", "firefox"], (line) => console.log(line));
  for (const name of missing) console.error(module.adviceFor(name));
  return missing.length === 0;
}

async function perform([, what, words]) {
  if (typeof what === "function") return what();
  const shell = process.platform === "win32";
  return spawnSync(what, words, { cwd: root, stdio: "inherit", shell }).status === 0;
}

const times = [];
for (const step of steps.filter(([name]) => only.length === 0 || only.includes(name))) {
  const start = performance.now();
  console.log(`\n── ${step[0]}`);
  const passed = await perform(step);
  times.push(`${step[0]} ${((performance.now() - start) / 1000).toFixed(1)} s`);
  if (!passed) {
    console.error(`\nFAILED at ${step[0]}  (${times.join(" · ")})`);
    process.exit(1);
  }
}
console.log(`\nPASSED  ${times.join(" · ")}`);
