import { isBlank, linesOf } from "./lines.ts";

/** What runs by itself: everything, nothing, or what is cheap (`mixed`). */
export type RunLevel = "auto" | "lazy" | "mixed";

/** The keys of the front matter that Tilebook reads. Others are kept and not looked at. */
export interface FrontMatter {
  readonly title?: string;
  readonly needs: readonly string[];
  readonly run: RunLevel;
  readonly seed?: number;
}

/**
 * Where the front matter of `text` ends (after the line ending of its last fence) and what stands between its fences,
 * or undefined when there is none: the first line must be `---`, a later one `---` or `...`, and the first line between
 * them that says anything must be `key:`, so that a page that opens with a rule is not taken for one.
 */
export function findFrontMatter(
  text: string,
  from: number,
): { readonly inner: string; readonly end: number } | undefined {
  const lines = linesOf(text, from);
  const first = lines[0];
  if (first === undefined || !/^---[ \t]*$/.test(first.text)) return undefined;
  const last = lines.findIndex((line, index) => index > 0 && /^(?:---|\.\.\.)[ \t]*$/.test(line.text));
  const close = lines[last];
  if (close === undefined) return undefined;
  const telling = lines.slice(1, last).find((line) => !isBlank(line.text) && !line.text.startsWith("#"));
  if (telling !== undefined && !/^[\w-]+[ \t]*:/.test(telling.text)) return undefined;
  return { inner: text.slice(first.next, close.start), end: close.next };
}

/** A small reader of `key: value` lines; values may be quoted, lists `[a, b]` or `- a` lines. Odd values count as absent. */
export function readFrontMatter(inner: string): FrontMatter {
  const values = valuesOf(inner);
  const title = unquote(values.get("title")?.[0] ?? "");
  const run = values.get("run")?.[0];
  const seed = values.get("seed")?.[0] ?? "";
  return {
    ...(title === "" ? {} : { title }),
    needs: (values.get("needs") ?? []).map(unquote),
    run: run === "auto" || run === "lazy" ? run : "mixed",
    ...(/^-?\d{1,15}$/.test(seed) ? { seed: Number(seed) } : {}),
  };
}

function valuesOf(inner: string): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>();
  let list: string[] = [];
  for (const { text } of linesOf(inner)) {
    const [, key, rest = ""] = /^([\w-]+)[ \t]*:(?:[ \t]+(.*))?$/.exec(text) ?? [];
    const [, item] = /^[ \t]*-[ \t]+(.*)$/.exec(text) ?? [];
    if (item !== undefined) list.push(item.trim());
    if (key === undefined) continue;
    list = valueList(rest);
    if (!values.has(key)) values.set(key, list);
  }
  return values;
}

function valueList(raw: string): string[] {
  const value = uncomment(raw.trim());
  const [, inner] = /^\[(.*)\]$/.exec(value) ?? [];
  if (inner === undefined) return value === "" ? [] : [value];
  return inner.split(",").flatMap((item) => (item.trim() === "" ? [] : [item.trim()]));
}

function uncomment(value: string): string {
  return /^["']/.test(value) ? value : value.replace(/(?:^|[ \t]+)#.*$/, "");
}

function unquote(value: string): string {
  const [, double] = /^"((?:[^"\\]|\\.)*)"/.exec(value) ?? [];
  if (double !== undefined) return double.replaceAll(/\\(.)/g, "$1");
  const [, single] = /^'((?:[^']|'')*)'/.exec(value) ?? [];
  return single === undefined ? value : single.replaceAll("''", "'");
}

/** The front matter with its title line replaced, or put first. Other lines stay as they are. */
export function withTitle(inner: string, title: string, ending: string): string {
  const line = `title: ${quoteTitle(title)}`;
  const old = linesOf(inner).find(({ text }) => /^title[ \t]*:/.test(text));
  if (old === undefined) return `${line}${ending}${inner}`;
  return inner.slice(0, old.start) + line + inner.slice(old.end);
}

/** The front matter with its run level replaced, or put last. Other lines stay as they are. */
export function withRunLevel(inner: string, level: RunLevel, ending: string): string {
  const line = `run: ${level}`;
  const old = linesOf(inner).find(({ text }) => /^run[ \t]*:/.test(text));
  if (old !== undefined) return inner.slice(0, old.start) + line + inner.slice(old.end);
  return `${inner}${inner === "" || /[\r\n]$/.test(inner) ? "" : ending}${line}${ending}`;
}

function quoteTitle(title: string): string {
  const flat = title.replaceAll(/[\r\n]+/g, " ").trim();
  const plain = /^[\p{L}\p{N}][^#:"'\\]*$/u.test(flat);
  return plain ? flat : `"${flat.replaceAll(/["\\]/g, "\\$&")}"`;
}
