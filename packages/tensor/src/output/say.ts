/** A number for people: integers as they are, others with four significant digits. */
export function sayNumber(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return String(value);
  if (!Number.isFinite(value)) return String(value);
  const magnitude = Math.abs(value);
  return magnitude >= 1e-3 && magnitude < 1e6 ? String(Number(value.toPrecision(4))) : value.toExponential(2);
}

/** What was given in the place of a number or a word: a text in quotes, so that "2" is told from 2. */
export function sayGiven(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 60));
  return typeof value === "number" || typeof value === "boolean" ? String(value) : sayKind(value);
}

/** What kind of thing stands where another is wanted, with its article. */
export function sayKind(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "a list";
  const kind = typeof value === "object" ? value.constructor.name.toLowerCase() : typeof value;
  return `${/^[aeio]/.test(kind) ? "an" : "a"} ${kind}`;
}
