import { readFileSync } from "node:fs";
import type { Plugin } from "vite";

const marked = ".wgsl?raw";

/** Hand-written WGSL travels without its comments, but for the first line, which says what it is. */
export function leanShaders(): Plugin {
  return {
    name: "tilebook-lean-shaders",
    enforce: "pre",
    load(id) {
      if (!id.endsWith(marked)) return undefined;
      const text = readFileSync(id.slice(0, -"?raw".length), "utf8");
      return `export default ${JSON.stringify(withoutComments(text))};`;
    },
  };
}

function withoutComments(wgsl: string): string {
  const [title = "", ...rest] = wgsl.split("\n");
  return [title, ...rest.filter((line) => !/^\s*(?:\/\/|\/\*\*.*\*\/$)/u.test(line))].join("\n");
}
