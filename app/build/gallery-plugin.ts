import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

const virtualId = "virtual:gallery";

interface Section {
  readonly title: string;
  /** Names of files, without `.nb.md`. */
  readonly notebooks: readonly string[];
}

/**
 * Lists the notebooks of `folder` with their hashes, in the sections and the order of its gallery.json, and the data files
 * beside them, as the module `virtual:gallery`.
 */
export function tilebookGallery(folder: string): Plugin {
  return {
    name: "tilebook-gallery",
    resolveId: (id) => (id === virtualId ? `\0${virtualId}` : undefined),
    load(id) {
      if (id !== `\0${virtualId}`) return undefined;
      const sections = sectionsOf(folder);
      const names = sections.flatMap(({ notebooks }) => notebooks);
      for (const name of names) this.addWatchFile(fileOf(folder, name));
      this.addWatchFile(join(folder, "gallery.json"));
      const gallery = sections.flatMap(({ title, notebooks }) =>
        notebooks.map((name) => ({ section: title, ...describe(folder, name) })),
      );
      const assets = filesIn(join(folder, "data")).filter((name) => !name.endsWith(".md"));
      return `export const gallery = ${JSON.stringify(gallery)};\nexport const assets = ${JSON.stringify(assets)};\n`;
    },
  };
}

function filesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).toSorted() : [];
}

/** The sections; a notebook that stands in none of them, or is not there, fails the build. */
function sectionsOf(folder: string): readonly Section[] {
  const sections = JSON.parse(readFileSync(join(folder, "gallery.json"), "utf8")) as readonly Section[];
  const listed = sections.flatMap(({ notebooks }) => notebooks).toSorted();
  const there = filesIn(folder)
    .filter((name) => name.endsWith(".nb.md"))
    .map((name) => name.replace(/\.nb\.md$/, ""));
  const wrong = [
    ...there.filter((name) => !listed.includes(name)),
    ...listed.filter((name, at) => !there.includes(name) || name === listed[at + 1]),
  ];
  if (wrong.length > 0)
    throw new Error(`gallery.json must list each notebook beside it once; not so: ${wrong.join(", ")}`);
  return sections;
}

function fileOf(folder: string, name: string): string {
  return join(folder, `${name}.nb.md`);
}

function describe(folder: string, name: string): Record<string, string> {
  const bytes = readFileSync(fileOf(folder, name));
  const text = bytes.toString("utf8");
  const body = text.replace(/^---\n[\s\S]*?\n---\n/, "");
  const title =
    /^title:\s*(.+)$/m.exec(text.slice(0, text.length - body.length))?.[1] ?? /^#\s+(.+)$/m.exec(body)?.[1];
  const paragraph = body
    .split(/\n\s*\n/)
    .find((block) => /^(?!#|<|\||>|```|~~~|\$\$|---)\S/.test(block.trim()));
  return {
    name,
    title: unquoted(title?.trim() ?? name),
    summary: plain(paragraph ?? ""),
    hash: createHash("sha256").update(bytes).digest("hex"),
  };
}

function unquoted(text: string): string {
  return /^(["']).*\1$/.test(text) ? text.slice(1, -1) : text;
}

function plain(markdown: string): string {
  return markdown
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replaceAll("\\times", "×")
    .replace(/[*_`$]/g, "")
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, 240);
}
