import { useEffect, useState } from "react";
import type { Monaco } from "./monaco.ts";

let loading: Promise<Monaco> | undefined;
let loaded: Monaco | undefined;

/** Fetches Monaco at most once. When that fails (no network), the next call tries again. */
function loadMonaco(): Promise<Monaco> {
  loading ??= whenQuiet()
    .then(() => import("./monaco.ts"))
    .then(async ({ openMonaco }) => (loaded = await openMonaco()))
    .catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
  return loading;
}

/** The page, its text and its sandbox come first: Monaco waits for a quiet moment, at most three seconds. */
function whenQuiet(): Promise<void> {
  return new Promise((resolve) => {
    if ("requestIdleCallback" in window) requestIdleCallback(() => resolve(), { timeout: 3000 });
    else setTimeout(resolve, 1000);
  });
}

/** Monaco does not work with touch keyboards, and phones should not pay for it. */
export function suitsMonaco(): boolean {
  return !matchMedia("(pointer: coarse) and (not (any-pointer: fine)), (max-width: 40rem)").matches;
}

/** Monaco when it is there. Asking for it (`wanted`) starts the load; until then, and on phones, undefined. */
export function useMonaco(wanted: boolean): Monaco | undefined {
  const [monaco, setMonaco] = useState(() => (suitsMonaco() ? loaded : undefined));
  useEffect(() => {
    if (!wanted || monaco !== undefined || !suitsMonaco()) return undefined;
    let current = true;
    loadMonaco().then(
      (found) => current && setMonaco(found),
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, [wanted, monaco]);
  return monaco;
}
