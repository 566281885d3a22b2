/** A number for people: integers as they are, others with four significant digits. */
export function sayNumber(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return String(value);
  if (!Number.isFinite(value)) return String(value);
  const magnitude = Math.abs(value);
  return magnitude >= 1e-3 && magnitude < 1e6 ? String(Number(value.toPrecision(4))) : value.toExponential(2);
}

/** What kind of thing stands where another is wanted, with its article. */
export function sayKind(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "a list";
  const kind = typeof value === "object" ? value.constructor.name.toLowerCase() : typeof value;
  return `${/^[aeio]/.test(kind) ? "an" : "a"} ${kind}`;
}
