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

/** A line `- 'key = config'` of the key `tuning`: that config is used instead of what was measured. */
export interface KernelPin {
  /** Names a kernel of the compiler and the class of its sizes. */
  readonly key: string;
  /** One of the configs that the compiler offers for it, as JSON. */
  readonly config: string;
}

/**
 * A line `- '3.2 ms on ADAPTER (DEVICE): key = config'` of the key `tuned`: what was measured to be the fastest on a class of
 * devices. It is used on such devices where nothing else was measured; it is no pin.
 */
export interface KernelRecord extends KernelPin {
  readonly milliseconds: number;
  /** The adapter's name, for people. */
  readonly adapter: string;
  /** Names the class of devices and the version of the compiler, without a parenthesis. */
  readonly device: string;
}

/** More pins or records than that, or longer ones, are not read. */
const mostPins = 256;
const mostPinLength = 1_000;
/** Of an adapter's name. */
const mostAdapterLength = 120;

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

/** The pins of a front matter. What is no pin is passed over. */
export function readPins(inner: string): readonly KernelPin[] {
  const items = valuesOf(inner).get("tuning") ?? [];
  return items.slice(0, mostPins).flatMap((item) => pinOf(unquote(item)));
}

function pinOf(text: string): readonly KernelPin[] {
  const [, key, config] = /^([^=]+) = (\{.*\})$/.exec(text) ?? [];
  if (key === undefined || config === undefined || text.length > mostPinLength) return [];
  return [{ key, config }];
}

/** The records of a front matter. What is none is passed over. */
export function readRecords(inner: string): readonly KernelRecord[] {
  const items = valuesOf(inner).get("tuned") ?? [];
  return items.slice(0, mostPins).flatMap((item) => recordOf(unquote(item)));
}

function recordOf(text: string): readonly KernelRecord[] {
  const [, time, adapter, device, rest] = /^([\d.e+-]+) ms on (.*) \(([^()]+)\): (.*)$/.exec(text) ?? [];
  if (time === undefined || adapter === undefined || device === undefined || rest === undefined) return [];
  const milliseconds = Number(time);
  if (!(milliseconds >= 0 && milliseconds < Infinity) || text.length > mostPinLength) return [];
  return pinOf(rest).map((pin) => ({ ...pin, milliseconds, adapter, device }));
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

/** The front matter with these pins and no others: their lines last. Other lines stay as they are. */
export function withPins(inner: string, pins: readonly KernelPin[], ending: string): string {
  const items = pins.map(({ key, config }) => `${key} = ${config}`);
  return withList(inner, "tuning", items, ending);
}

/** The front matter with these records and no others: their lines last. Other lines stay as they are. */
export function withRecords(inner: string, records: readonly KernelRecord[], ending: string): string {
  const items = records.map(({ milliseconds, adapter, device, key, config }) => {
    const name = adapter.replaceAll(/\s+/g, " ").trim().slice(0, mostAdapterLength);
    return `${Number(milliseconds.toPrecision(3))} ms on ${name} (${device}): ${key} = ${config}`;
  });
  return withList(inner, "tuned", items, ending);
}

/** The front matter with these items of a key and no others: their lines last, or none where there are no items. */
function withList(inner: string, key: string, items: readonly string[], ending: string): string {
  const lines = linesOf(inner);
  const at = lines.findIndex(({ text }) => text.startsWith(key) && /^[ \t]*:/.test(text.slice(key.length)));
  const after = lines.findIndex(({ text }, line) => line > at && !/^[ \t]*-[ \t]/.test(text));
  const [start, end] = [lines[at]?.start ?? inner.length, lines[after]?.start ?? inner.length];
  const rest = at < 0 ? inner : inner.slice(0, start) + inner.slice(end);
  if (items.length === 0) return rest;
  const open = rest === "" || /[\r\n]$/.test(rest) ? rest : rest + ending;
  const quoted = items.map((item) => `  - '${item.replaceAll("'", "''")}'${ending}`);
  return `${open}${key}:${ending}${quoted.join("")}`;
}

function quoteTitle(title: string): string {
  const flat = title.replaceAll(/[\r\n]+/g, " ").trim();
  const plain = /^[\p{L}\p{N}][^#:"'\\]*$/u.test(flat);
  return plain ? flat : `"${flat.replaceAll(/["\\]/g, "\\$&")}"`;
}
