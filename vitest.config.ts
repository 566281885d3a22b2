import { defineConfig, type ViteUserConfig } from "vitest/config";

const config: ViteUserConfig = defineConfig({
  test: { include: ["{packages,shaders,app}/**/*.test.{ts,tsx}"], testTimeout: 30_000 },
});

export default config;
