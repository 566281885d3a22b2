import { grouped } from "../../shared/format.ts";

/**
 * A config as people read it: "blocks of 32 × 64; 4 steps of k at once; 16 threads, 4 side by side; loops unrolled up to 64
 * values; operands shared by subgroups". Words that this page does not know are told as they stand.
 */
export function configWords(text: string): string {
  const config = parsed(text);
  if (config === undefined) return text;
  const { blocks, schedule, peeled, ...rest } = config;
  const parts = [
    ...blocksWords(blocks),
    ...scheduleWords(schedule),
    peeled === true ? "last turns apart" : "",
    ...Object.entries(rest).map(plain),
  ];
  const told = parts.filter((part) => part !== "");
  return told.length === 0 ? "the compiler's own guess" : told.join("; ");
}

type Fields = Readonly<Record<string, unknown>>;

function parsed(text: string): Fields | undefined {
  try {
    return fieldsOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null ? (value as Fields) : undefined;
}

function blocksWords(blocks: unknown): readonly string[] {
  const { m, n, k, block, queries, keys, split, parts, ...rest } = fieldsOf(blocks) ?? {};
  return [
    ...(m === undefined || n === undefined ? others({ m, n }) : [`blocks of ${said(m)} × ${said(n)}`]),
    k === undefined ? "" : `${said(k)} steps of k at once`,
    block === undefined ? "" : `${said(block)} elements at once`,
    ...(queries === undefined || keys === undefined
      ? others({ queries, keys })
      : [`${said(queries)} queries and ${said(keys)} keys at once`]),
    split === 1 ? "keys that all see in a loop without the mask" : "",
    parts === undefined ? "" : `in ${said(parts)} parts, put together by a second launch`,
    ...Object.entries(rest).map(plain),
  ];
}

function scheduleWords(schedule: unknown): readonly string[] {
  const { threads, across, unroll, operands, products, ahead, ...rest } = fieldsOf(schedule) ?? {};
  return [
    threads === undefined ? "" : `${said(threads)} threads, ${acrossWords(threads, across)}`,
    unroll === undefined ? "" : `loops unrolled up to ${said(unroll)} values`,
    operands === undefined || operands === "own" ? "" : `operands shared by ${said(operands)}s`,
    products === undefined ? "" : `products by ${products === "matrix" ? "matrices" : said(products)}`,
    ahead === undefined ? "" : "loops read a turn ahead",
    ...Object.entries(rest).map(plain),
  ];
}

function acrossWords(threads: unknown, across: unknown): string {
  if (across === 1) return "one below the other";
  return across === threads ? "side by side" : `${said(across)} side by side`;
}

function others(fields: Fields): readonly string[] {
  return Object.entries(fields).flatMap((field) => (field[1] === undefined ? [] : [plain(field)]));
}

function plain([name, value]: readonly [string, unknown]): string {
  return `${name} ${said(value)}`;
}

function said(value: unknown): string {
  if (typeof value === "number") return grouped(value);
  return typeof value === "string" ? value : JSON.stringify(value);
}
