#!/usr/bin/env node
// Node 20 cannot read TypeScript by itself: Vite's module runner does it, so there is no build step here.
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const entry = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const { module } = await runnerImport(entry, { root, configFile: false, logLevel: "error" });
process.exitCode = await module.main(process.argv.slice(2), root);
