const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** When something changed, as people say it; the date once a week has passed. Both in milliseconds since 1970. */
export function agoText(then: number, now: number): string {
  const past = Math.max(0, now - then);
  const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  if (past < minute) return "just now";
  if (past < hour) return words.format(-Math.floor(past / minute), "minute");
  if (past < day) return words.format(-Math.floor(past / hour), "hour");
  if (past < 7 * day) return words.format(-Math.floor(past / day), "day");
  return new Date(then).toLocaleDateString("en", { day: "numeric", month: "long", year: "numeric" });
}
