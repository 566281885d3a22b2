/** Set by `npm run e2e:long`: everything is tried as often as was promised, and every notebook in both browsers. */
const long = process.env["TILEBOOK_LONG"] !== undefined;

/** How often something is tried: in CI, and in the long run. */
export function often(inCi: number, inAll: number): number {
  return long ? inAll : inCi;
}

/** The notebooks that a browser runs: all in the long run; in CI every other one, each browser those that the other leaves out. */
export function inTurn<T>(all: readonly T[], browser: "chromium" | "firefox"): readonly T[] {
  const rest = browser === "chromium" ? 0 : 1;
  return long ? all : all.filter((_, at) => at % 2 === rest);
}
