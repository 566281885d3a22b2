import { fileURLToPath } from "node:url";
import { defineConfig, type ViteUserConfig } from "vitest/config";

/** `npm run e2e:net`: rooms across network namespaces. Needs root, which CI may not have, so it is no part of the other runs. */
const config: ViteUserConfig = defineConfig({
  test: {
    root: "e2e",
    globalSetup: [fileURLToPath(new URL("rig/setup.ts", import.meta.url))],
    include: ["net/*.e2e.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});

export default config;
