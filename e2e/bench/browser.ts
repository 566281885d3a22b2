import { fileURLToPath } from "node:url";
import { prepareHarness } from "./prepare.ts";

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

const peers = new URL("peers/", import.meta.url);

/**
 * Undefined where the other engines cannot be installed. Loaded at once: Vite's runner, which reads our tools, is closed before they do
 * their work.
 */
export const harnessBrowser: HarnessBrowser | undefined = prepareHarness(fileURLToPath(peers))
  ? ((await import(new URL("lib/browser.mjs", peers).href)) as HarnessBrowser)
  : undefined;

type Methods = Readonly<Record<string, (...args: never[]) => Promise<unknown>>>;

/** What an engine of ours has put into the page, by its name (`training/page.ts`, `decoding/page.ts`). */
export interface InPage<Of> {
  readonly ask: <Method extends keyof Of>(
    method: Method,
    ...args: Of[Method] extends (...args: infer Args) => unknown ? Args : never
  ) => Promise<Awaited<Of[Method] extends (...args: never[]) => infer Result ? Result : never>>;
}

/** Has the harness load the engine, and calls it by its methods. */
export async function openInPage<Of>(page: Page, name: string): Promise<InPage<Of>> {
  await page.evaluate(initHarness, name);
  return {
    ask: async (method, ...args) =>
      (await page.evaluate(call, { name, method: String(method), args })) as never,
  };
}

interface Globals {
  readonly bench: { readonly init: (name: string) => Promise<unknown> };
}

/** Runs in the page, as `call` does: nothing of this file is there. */
async function initHarness(name: string): Promise<void> {
  await (globalThis as unknown as Globals).bench.init(name);
}

async function call({
  name,
  method,
  args,
}: {
  readonly name: string;
  readonly method: string;
  readonly args: readonly unknown[];
}): Promise<unknown> {
  return (globalThis as unknown as Readonly<Record<string, Methods>>)[name]?.[method]?.(...(args as never[]));
}
