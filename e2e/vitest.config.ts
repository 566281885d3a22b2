import { fileURLToPath } from "node:url";
import { defineConfig, type ViteUserConfig } from "vitest/config";

/** One file after the other: two browsers with software GPUs are enough for two cores. */
const config: ViteUserConfig = defineConfig({
  test: {
    root: "e2e",
    include: ["**/*.e2e.ts"],
    globalSetup: [fileURLToPath(new URL("rig/setup.ts", import.meta.url))],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});

export default config;
