import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

const virtualId = "virtual:gallery";

/** Lists the notebooks of `folder` with their hashes, and the data files beside them, as the module `virtual:gallery`. */
export function tilebookGallery(folder: string): Plugin {
  return {
    name: "tilebook-gallery",
    resolveId: (id) => (id === virtualId ? `\0${virtualId}` : undefined),
    load(id) {
      if (id !== `\0${virtualId}`) return undefined;
      const notebooks = filesIn(folder).filter((name) => name.endsWith(".nb.md"));
      for (const name of notebooks) this.addWatchFile(join(folder, name));
      const gallery = notebooks.map((name) => describe(folder, name));
      const assets = filesIn(join(folder, "data")).filter((name) => !name.endsWith(".md"));
      return `export const gallery = ${JSON.stringify(gallery)};\nexport const assets = ${JSON.stringify(assets)};\n`;
    },
  };
}

function filesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).toSorted() : [];
}

function describe(folder: string, file: string): Record<string, string> {
  const bytes = readFileSync(join(folder, file));
  const text = bytes.toString("utf8");
  const body = text.replace(/^---\n[\s\S]*?\n---\n/, "");
  const title =
    /^title:\s*(.+)$/m.exec(text.slice(0, text.length - body.length))?.[1] ?? /^#\s+(.+)$/m.exec(body)?.[1];
  const paragraph = body.split(/\n\s*\n/).find((block) => /^[\p{L}\p{N}"'*_]/u.test(block.trim()));
  return {
    name: file.replace(/\.nb\.md$/, ""),
    title: title?.trim() ?? file,
    summary: plain(paragraph ?? ""),
    hash: createHash("sha256").update(bytes).digest("hex"),
  };
}

function plain(markdown: string): string {
  return markdown
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/[*_`$]/g, "")
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, 240);
}
