import { Dangers, openDangers, type Pages } from "../keep/dangers.ts";

let opened: Dangers | undefined;

/** The crash ledger of this page, opened when it is needed. */
export function dangers(): Dangers {
  opened ??= new Dangers(openDangers(), pages());
  return opened;
}

/** A page holds a lock with its name; the browser gives that back when the page is gone, however it went. */
function pages(): Pages {
  const own = crypto.randomUUID();
  const { locks } = navigator as Navigator & { readonly locks?: LockManager };
  locks?.request(lockOf(own), () => new Promise(() => undefined)).catch(() => undefined);
  return {
    own,
    isThere: async (page) => {
      const { held = [] } = (await locks?.query()) ?? {};
      return held.some(({ name }) => name === lockOf(page));
    },
  };
}

function lockOf(page: string): string {
  return `tilebook page ${page}`;
}
