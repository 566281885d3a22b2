import { fileURLToPath } from "node:url";
import { defineConfig, type ViteUserConfig } from "vitest/config";

/** What is about how soon something ends, or compiles on all cores: beside another file it would say less. */
const alone = ["engines", "interrupt", "loop-turns", "tuner"].map((name) => `${name}.e2e.ts`);

/** Pages two at a time, since one that is used waits most of the time: for a worker, a GPU, the next click. The rest alone. */
const config: ViteUserConfig = defineConfig({
  test: {
    root: "e2e",
    globalSetup: [fileURLToPath(new URL("rig/setup.ts", import.meta.url))],
    testTimeout: 120_000,
    // Browsers on a busy machine: what fails once and then passes is told beside its name, and does not stop the rest.
    retry: 1,
    hookTimeout: 120_000,
    projects: [
      {
        extends: true,
        test: {
          name: "pages",
          include: ["*.e2e.ts"],
          exclude: alone,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: { name: "alone", include: alone, maxWorkers: 1, sequence: { groupOrder: 2 } },
      },
    ],
  },
});

export default config;
