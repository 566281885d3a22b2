import type { Plugin } from "vite";

interface Rewrite {
  readonly file: RegExp;
  readonly change: (code: string) => string;
}

/**
 * Three files of Monaco 0.57 are changed on their way into the page:
 * - the worker manager names Monaco's own TypeScript worker; ours takes its place (src/editor/type-worker.ts), and without
 *   the address those seven megabytes are not built a second time;
 * - the helper that makes workers imports every feature of the editor, long after the editor has counted its services;
 * - a list of listeners, one for each text, reports a leak at 200: a notebook may have more cells than that.
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
  {
    file: /monaco-editor\/esm\/vs\/editor\/common\/services\/languageService\.js/,
    change: (code) => code.replace("leakWarningThreshold: 200", "leakWarningThreshold: 5000"),
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
