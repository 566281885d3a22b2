/** Numbers as people read them. */

/** 0.4 ms, 12 ms, 1.2 s, 2 min 05 s */
export function duration(milliseconds: number): string {
  if (milliseconds < 10) return `${trim(milliseconds.toFixed(1))} ms`;
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
}

/** 42 µs, 1.25 ms, 340 ms: how long kernels take, in three digits. */
export function shortTime(milliseconds: number): string {
  if (milliseconds >= 1000) return duration(milliseconds);
  if (milliseconds < 1) return `${significant(milliseconds * 1000, 3)} µs`;
  return `${significant(milliseconds, 3)} ms`;
}

/** 512 B, 1.5 kB, 12 MB: powers of 1,024, as GPU limits are. */
export function bytes(count: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let rest = count;
  let unit = 0;
  while (rest >= 1024 && unit < units.length - 1) {
    rest /= 1024;
    unit += 1;
  }
  return `${rest < 10 && unit > 0 ? trim(rest.toFixed(1)) : Math.round(rest)} ${units[unit]}`;
}

/** 0.35 Mbit/s, 220 Mbit/s, 1.2 Gbit/s: how fast links are, in two digits. */
export function bitRate(mbps: number): string {
  const [value, unit] = mbps < 995 ? [mbps, "Mbit/s"] : [mbps / 1_000, "Gbit/s"];
  return `${grouped(Number(value.toPrecision(2)))} ${unit}`;
}

/** At most `digits` significant digits, with exponents only where they help. */
export function significant(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (Number.isInteger(value) && size < 1e9) return grouped(value);
  if (size >= 1e6 || size < 1e-4) return value.toExponential(digits - 1).replace(/\.?0+e/, "e");
  return trim(value.toPrecision(digits));
}

/** 0.4 %, 5.8 %, 62 %, 104 %: a part of 1 in two digits, or as whole percents. */
export function percent(part: number): string {
  const hundredth = 100 * part;
  return `${hundredth < 10 ? significant(hundredth, 2) : grouped(Math.round(hundredth))} %`;
}

/** 1,797 */
export function grouped(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 20 });
}

/** "1 cell", "3 cells" */
export function plural(count: number, one: string, many: string = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

/** 12:04 */
export function clockTime(at: Date): string {
  return at.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
}

function trim(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}
