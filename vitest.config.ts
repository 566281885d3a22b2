import { defineConfig, type ViteUserConfig } from "vitest/config";

const config: ViteUserConfig = defineConfig({
  test: {
    include: ["{packages,shaders,app}/**/*.test.{ts,tsx}", "e2e/{bench,rig}/**/*.test.ts"],
    testTimeout: 30_000,
  },
});

export default config;
