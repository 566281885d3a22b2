import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";
import { referencePage } from "./reference-page.ts";

const virtualId = "virtual:gallery";

interface Section {
  readonly title: string;
  /** Names of files, without `.nb.md`. */
  readonly notebooks: readonly string[];
  /** Names of pages of the documentation that run as notebooks, without `.md`. They stand after the notebooks. */
  readonly pages?: readonly string[];
}

/** A notebook that the build makes from a page of the documentation. */
interface Page {
  readonly name: string;
  readonly text: string;
}

/**
 * Lists the notebooks of `folder` with their hashes, in the sections and the order of its gallery.json, and the data files
 * beside them, as the module `virtual:gallery`. Pages of `docs` that gallery.json names are served beside the notebooks.
 */
export function tilebookGallery({
  folder,
  docs,
}: {
  readonly folder: string;
  readonly docs: string;
}): Plugin {
  const pages = (): readonly Page[] => {
    const sections = sectionsOf(folder);
    const shipped = sections.flatMap(namesOf);
    return sections
      .flatMap((section) => section.pages ?? [])
      .map((name) => ({
        name,
        text: referencePage(readFileSync(join(docs, `${name}.md`), "utf8"), shipped),
      }));
  };
  return {
    name: "tilebook-gallery",
    generateBundle() {
      for (const { name, text } of pages())
        this.emitFile({ type: "asset", fileName: `notebooks/${name}.nb.md`, source: text });
    },
    configureServer({ middlewares }) {
      middlewares.use((request, response, next) => {
        const name = /^\/notebooks\/([\w-]+)\.nb\.md(?:\?|$)/.exec(request.url ?? "")?.[1];
        const page = pages().find((candidate) => candidate.name === name);
        if (page === undefined) return next();
        response.setHeader("Content-Type", "text/markdown; charset=utf-8");
        response.end(page.text);
      });
    },
    resolveId: (id) => (id === virtualId ? `\0${virtualId}` : undefined),
    load(id) {
      if (id !== `\0${virtualId}`) return undefined;
      const sections = sectionsOf(folder);
      const made = new Map(pages().map(({ name, text }) => [name, text]));
      for (const { notebooks } of sections)
        for (const name of notebooks) this.addWatchFile(fileOf(folder, name));
      for (const name of made.keys()) this.addWatchFile(join(docs, `${name}.md`));
      this.addWatchFile(join(folder, "gallery.json"));
      const gallery = sections.flatMap((section) =>
        namesOf(section).map((name) => {
          const bytes = Buffer.from(made.get(name) ?? readFileSync(fileOf(folder, name)));
          return { section: section.title, ...describe(name, bytes) };
        }),
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

function namesOf({ notebooks, pages = [] }: Section): readonly string[] {
  return [...notebooks, ...pages];
}

function fileOf(folder: string, name: string): string {
  return join(folder, `${name}.nb.md`);
}

function describe(name: string, bytes: Buffer): Record<string, string | number> {
  const text = bytes.toString("utf8");
  const body = text.replace(/^---\n[\s\S]*?\n---\n/, "");
  const head = text.slice(0, text.length - body.length);
  const title = /^title:\s*(.+)$/m.exec(head)?.[1] ?? /^#\s+(.+)$/m.exec(body)?.[1];
  const paper = /^seed:\s*(\d+)\s*$/m.exec(head)?.[1];
  const paragraph = body
    .split(/\n\s*\n/)
    .find((block) => /^(?!#|<|\||>|```|~~~|\$\$|---)\S/.test(block.trim()));
  return {
    name,
    title: unquoted(title?.trim() ?? name),
    summary: plain(paragraph ?? ""),
    ...(paper !== undefined && { paper: Number(paper) }),
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
