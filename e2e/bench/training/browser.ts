import { fileURLToPath } from "node:url";
import { prepareHarness } from "../prepare.ts";

/** A page of the harness, as far as we use it (Playwright's). */
export interface Page {
  readonly evaluate: <Result, Arg>(work: (arg: Arg) => Result | Promise<Result>, arg: Arg) => Promise<Result>;
}

/** What we use of the harness's `lib/browser.mjs`, which is JavaScript without types. */
export interface HarnessBrowser {
  readonly serve: (options: {
    readonly add: string;
  }) => Promise<{ readonly url: string; readonly close: () => void }>;
  readonly launch: (options: {
    readonly adapter: string;
    readonly executablePath: string | undefined;
  }) => Promise<Chrome>;
  /** Milliseconds on CPU, all threads, of these processes (Linux). */
  readonly cpuMs: (pids: readonly number[]) => number;
}

interface Chrome {
  readonly browser: { readonly version: () => string; readonly close: () => Promise<void> };
  readonly open: (url: string) => Promise<Page>;
  readonly pids: () => Promise<{ readonly gpu: readonly number[]; readonly renderer: readonly number[] }>;
}

const peers = new URL("../peers/", import.meta.url);

/**
 * Undefined where the other engines cannot be installed. Loaded at once: Vite's runner, which reads our tools, is closed before they do
 * their work.
 */
export const harnessBrowser: HarnessBrowser | undefined = prepareHarness(fileURLToPath(peers))
  ? ((await import(new URL("lib/browser.mjs", peers).href)) as HarnessBrowser)
  : undefined;
