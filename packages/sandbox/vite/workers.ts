import { parseAst, type Rolldown } from "vite";
import { chunksOf, filesOf } from "./bundle.ts";

/** Scripts of workers: each is `shared` with its own text behind it. */
export interface Workers {
  /** What several of them need, as a script that leaves it in one variable. */
  readonly shared: string;
  readonly own: Readonly<Record<string, string>>;
  /** Files they were made from, for watching. */
  readonly files: readonly string[];
}

const variable = "tilebookShared";

/**
 * Bundles the scripts of workers so that what they share travels once: a worker is made from text, and has nothing to import a module from.
 * Exports are taken as they are when the shared script has run, so none of them may be assigned later.
 * @param entries Paths of the scripts by name.
 */
export async function bundleWorkers(
  entries: Readonly<Record<string, string>>,
  minify: boolean,
): Promise<Workers> {
  const chunks = await chunksOf(entries, minify);
  const shared = chunks.filter((chunk) => !chunk.isEntry);
  if (shared.length > 1) throw new Error(`What workers share must become one file, not ${shared.length}`);
  const own = chunks.filter((chunk) => chunk.isEntry).map((chunk) => [chunk.name, ownScript(chunk)] as const);
  return {
    shared: shared.map(sharedScript).join(""),
    own: Object.fromEntries(own),
    files: chunks.flatMap(filesOf),
  };
}

/** Its exports become the fields of one object. */
function sharedScript({ code }: Rolldown.OutputChunk): string {
  const fields: string[] = [];
  const body = rewritten(code, (node) => {
    if (node.type !== "ExportNamedDeclaration") return undefined;
    for (const { local, exported } of node.specifiers) fields.push(`${nameOf(exported)}:${nameOf(local)}`);
    return "";
  });
  return `const ${variable}=(()=>{${body}\nreturn{${fields.join(",")}}})();\n`;
}

/** Its imports are read from that object. */
function ownScript({ code }: Rolldown.OutputChunk): string {
  return rewritten(code, (node) => {
    if (node.type !== "ImportDeclaration") return undefined;
    const fields = node.specifiers.map((one) => {
      if (one.type !== "ImportSpecifier") throw new Error(`A worker cannot import ${one.type}`);
      return `${nameOf(one.imported)}:${nameOf(one.local)}`;
    });
    return fields.length === 0 ? "" : `const{${fields.join(",")}}=${variable};`;
  });
}

type Statement = ReturnType<typeof parseAst>["body"][number];

/** A script with the statements at its top changed for which `change` gives a text. */
function rewritten(code: string, change: (node: Statement) => string | undefined): string {
  let text = "";
  let done = 0;
  for (const node of parseAst(code).body) {
    const changed = change(node);
    if (changed === undefined) continue;
    text += code.slice(done, node.start) + changed;
    done = node.end;
  }
  return text + code.slice(done);
}

function nameOf(
  node: { readonly type: string } & ({ readonly name: string } | { readonly value: unknown }),
): string {
  return "name" in node ? node.name : JSON.stringify(node.value);
}
