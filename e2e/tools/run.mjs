// Runs one of the tools beside this file: node e2e/tools/run.mjs fuzz --count 1000. Vite's module runner reads TypeScript.
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

const [name, ...words] = process.argv.slice(2);
const root = fileURLToPath(new URL("../..", import.meta.url));
const entry = fileURLToPath(new URL(`${name}.ts`, import.meta.url));
const { module } = await runnerImport(entry, { root, configFile: false, logLevel: "error" });
process.exit(await module.main(words, root));
