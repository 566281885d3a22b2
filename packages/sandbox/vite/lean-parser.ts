import type { Plugin } from "vite";

const library = "@sveltejs/acorn-typescript/index.js";
/** What stands between these lines of it reads JSX, with the names of all characters that HTML has. */
const [first, behind] = [
  "// src/extentions/jsx/xhtml.ts\n",
  "function generateParseImportAssertions(",
] as const;
/** What of that is named elsewhere, where the option `jsx` asks for it. */
const left = 'const generateJsxParser = () => { throw new Error("cells have no JSX"); };\n';

/** Cells have no JSX: the parser of their types travels without it. */
export function leanParser(): Plugin {
  return {
    name: "tilebook-lean-parser",
    transform(code, id) {
      if (!id.split("?", 1)[0]?.endsWith(library)) return undefined;
      return withoutJsx(code);
    },
  };
}

/** Fails where the library has changed. */
function withoutJsx(code: string): string {
  const [start, end] = [code.indexOf(first), code.indexOf(behind)];
  if (start < 0 || end < start) throw new Error(`${library} is not what lean-parser.ts knows`);
  return code.slice(0, start) + left + code.slice(end);
}
