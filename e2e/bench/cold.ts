/** The harness's own functions in the page. */
interface Harness {
  host?: (id: string) => void;
}

let cold = false;

/**
 * Notes whether this page is one of the harness's cold runs: there it asks for the inputs by themselves, before the first run,
 * and in warm runs never. What is tried after a first result must not count as part of it.
 */
export function watchForColdRun(): void {
  const { bench } = globalThis as { readonly bench?: Harness };
  const { host } = bench ?? {};
  if (bench === undefined || host === undefined) return;
  bench.host = (id) => {
    cold = true;
    host(id);
  };
}

export function isColdRun(): boolean {
  return cold;
}
