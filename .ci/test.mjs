// Everything CI checks, in order of how soon it can fail. `npm test -- unit e2e` runs only the steps named.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

const root = fileURLToPath(new URL("..", import.meta.url));
const only = process.argv.slice(2);

/** @type {readonly { name: string, run: () => boolean | Promise<boolean> }[]} */
const steps = [
  { name: "format", run: () => npx("oxfmt", "--check") },
  { name: "lint", run: () => npx("oxlint", "--type-aware", "--quiet") },
  { name: "types", run: () => npx("tsc") },
  { name: "unused", run: () => npx("knip") && npx("knip", "--strict") },
  { name: "browsers", run: provideBrowsers },
  { name: "unit", run: () => npx("vitest", "run") },
  { name: "build", run: buildPage },
  { name: "size", run: () => npx("size-limit") },
  { name: "e2e", run: () => npx("vitest", "run", "--config", "e2e/vitest.config.ts") },
];

/** Finds or installs Chromium and Firefox; says what to do where it can do neither. */
async function provideBrowsers() {
  const module = await cliModule("browsers");
  const missing = module.provideBrowsers(["chromium", "firefox"], (line) => console.log(line));
  for (const name of missing) console.error(module.adviceFor(name));
  return missing.length === 0;
}

/** As `npm start` and the tests of the page do, which find it built. */
async function buildPage() {
  const { buildSite } = await cliModule("site");
  await buildSite(root, (line) => console.log(line));
  return true;
}

/** @param {string} name */
async function cliModule(name) {
  const entry = fileURLToPath(new URL(`../packages/cli/src/${name}.ts`, import.meta.url));
  const { module } = await runnerImport(entry, { root, configFile: false, logLevel: "error" });
  return module;
}

function npx(...words) {
  const shell = process.platform === "win32";
  // Vite's module runner, used above, sets NODE_ENV in this process; a build must not inherit that.
  const { NODE_ENV: _, ...env } = process.env;
  return spawnSync("npx", words, { cwd: root, stdio: "inherit", shell, env }).status === 0;
}

const times = [];
for (const { name, run } of steps.filter((step) => only.length === 0 || only.includes(step.name))) {
  const start = performance.now();
  console.log(`\n── ${name}`);
  const passed = await run();
  times.push(`${name} ${((performance.now() - start) / 1000).toFixed(1)} s`);
  if (!passed) {
    console.error(`\nFAILED at ${name}  (${times.join(" · ")})`);
    process.exit(1);
  }
}
console.log(`\nPASSED  ${times.join(" · ")}`);
