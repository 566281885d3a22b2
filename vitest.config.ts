import { defineConfig, type ViteUserConfig } from "vitest/config";

const config: ViteUserConfig = defineConfig({
  test: {
    // A process for all files of a worker: a process for each file would take longer than most of them.
    isolate: false,
    include: ["{packages,shaders,app}/**/*.test.{ts,tsx}", "e2e/{bench,rig}/**/*.test.ts"],
    testTimeout: 30_000,
  },
});

export default config;
