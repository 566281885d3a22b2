import { availableParallelism } from "node:os";
import { defineConfig, type ViteUserConfig } from "vitest/config";

/** Tests over real connections say `retry: 1`: on a busy machine one of many may fail to come about, and what fails once and then passes is told beside its name. */
const config: ViteUserConfig = defineConfig({
  test: {
    // A process for all files of a worker: a process for each file would take longer than most of them.
    isolate: false,
    // Vitest leaves a core free; of two that is half of the machine.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    include: ["{packages,shaders,app}/**/*.test.{ts,tsx}", "e2e/{bench,rig}/**/*.test.ts"],
    setupFiles: ["packages/runtime/src/testing/calm-dawn.ts"],
    testTimeout: 60_000,
    // A library that waits for a thread of its own at the end of a file gives up after ten seconds.
    hookTimeout: 60_000,
  },
});

export default config;
