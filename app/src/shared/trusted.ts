/** The part of the Trusted Types API that is used here; browsers without it have no such rule either. */
interface PolicyMaker {
  createPolicy(
    name: string,
    rules: { readonly createScriptURL: (url: string) => string },
  ): { createScriptURL(url: string): unknown };
}

/** The one Trusted Types policy of the app: it makes worker addresses of files that were built with it, and nothing else. */
const policy = (globalThis as { readonly trustedTypes?: PolicyMaker }).trustedTypes?.createPolicy(
  "tilebook",
  {
    createScriptURL: (url) => {
      if (new URL(url, document.baseURI).origin !== location.origin)
        throw new TypeError(`${url} is not of this site`);
      return url;
    },
  },
);

/** A module worker from a file of this site. */
export function openWorker(url: string, name: string): Worker {
  const trusted = policy?.createScriptURL(url) ?? url;
  return new Worker(trusted as string, { type: "module", name });
}
