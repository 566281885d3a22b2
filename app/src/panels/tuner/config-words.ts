/**
 * A config as people read it: "blocks m 32, n 64, k 4; 16 threads, 4 across; straight code up to 64 registers; operands by
 * subgroup". Words that this page does not know are told as they stand.
 */
export function configWords(text: string): string {
  const config = parsed(text);
  if (config === undefined) return text;
  const { blocks, schedule, ...rest } = config;
  const parts = [blocksWords(blocks), ...scheduleWords(schedule), ...Object.entries(rest).map(plain)];
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

function blocksWords(blocks: unknown): string {
  const sizes = Object.entries(fieldsOf(blocks) ?? {}).toSorted(([a], [b]) => order(a) - order(b));
  return sizes.length === 0
    ? ""
    : `blocks ${sizes.map(([name, size]) => `${name} ${said(size)}`).join(", ")}`;
}

/** As products are written: m, n, k. */
function order(name: string): number {
  return ["m", "n", "k"].indexOf(name);
}

function scheduleWords(schedule: unknown): readonly string[] {
  const { threads, across, unroll, operands, ...rest } = fieldsOf(schedule) ?? {};
  return [
    threads === undefined ? "" : `${said(threads)} threads, ${said(across)} across`,
    unroll === undefined ? "" : `straight code up to ${said(unroll)} registers`,
    operands === undefined || operands === "own" ? "" : `operands by ${said(operands)}`,
    ...Object.entries(rest).map(plain),
  ];
}

function plain([name, value]: readonly [string, unknown]): string {
  return `${name} ${said(value)}`;
}

function said(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : JSON.stringify(value);
}
