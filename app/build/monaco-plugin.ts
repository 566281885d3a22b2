import type { Plugin } from "vite";

interface Rewrite {
  readonly file: RegExp;
  readonly change: (code: string) => string;
}

/**
 * Two files of Monaco 0.57 pull in what the page does without:
 * - the worker manager names Monaco's own TypeScript worker; ours takes its place (src/editor/type-worker.ts), and without
 *   the address those seven megabytes are not built a second time;
 * - the helper that makes workers imports every feature of the editor, long after the editor has counted its services.
 */
const rewrites: readonly Rewrite[] = [
  {
    file: /monaco-editor\/esm\/vs\/languages\/features\/typescript\/workerManager\.js/,
    change: (code) => code.replace(/createWorker: \(\) => new Worker\([^\n]*\n/, "\n"),
  },
  {
    file: /monaco-editor\/esm\/vs\/internal\/common\/workers\.js/,
    change: (code) => code.replace(/^import '[^']+';$/gm, ""),
  },
];

/** Applies the rewrites in builds, and to the bundle of dependencies that the dev server makes. */
export function leanMonaco(): Plugin {
  const transform = {
    filter: { id: rewrites.map(({ file }) => file) },
    handler: (code: string, id: string) => {
      const rewrite = rewrites.find(({ file }) => file.test(id));
      return rewrite === undefined ? undefined : { code: rewrite.change(code), map: null };
    },
  };
  return {
    name: "tilebook-lean-monaco",
    enforce: "pre",
    config: () => ({
      optimizeDeps: { rolldownOptions: { plugins: [{ name: "tilebook-lean-monaco", transform }] } },
    }),
    transform,
  };
}
