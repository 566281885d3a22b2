import type { Plugin } from "vite";

/**
 * Monaco's own TypeScript worker is never started, since ours takes its place (src/editor/type-worker.ts).
 * Without its address the bundler does not build those seven megabytes a second time.
 */
export function withoutSecondTypeWorker(): Plugin {
  return {
    name: "tilebook-one-type-worker",
    enforce: "pre",
    transform(code, id) {
      if (!id.includes("monaco-editor") || !/languages\/features\/typescript\/workerManager\.js/.test(id))
        return undefined;
      return { code: code.replace(/createWorker: \(\) => new Worker\([^\n]*\n/, "\n"), map: null };
    },
  };
}
