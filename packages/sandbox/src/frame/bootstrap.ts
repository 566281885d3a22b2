/**
 * The whole text of a data: worker. It keeps its first message as `tilebookBoot` for the runtime to take, and imports
 * the runtime's text as a blob: module. Messages that come meanwhile wait in `tilebookBoot`. A few hundred bytes,
 * because a data: URL must stay small (2 MB is the browser's limit) and starts slower the longer it is.
 */
export const bootstrap: string = `
let boot;
addEventListener("message", async (event) => {
  if (boot !== undefined) return boot.more(event);
  const waiting = [];
  boot = self.tilebookBoot = { message: event.data, ports: event.ports, waiting, more: (next) => waiting.push(next) };
  const url = URL.createObjectURL(new Blob([event.data.text], { type: "text/javascript" }));
  try {
    await import(url);
  } catch (error) {
    postMessage({ type: "broken", message: String(error && error.message) });
  } finally {
    URL.revokeObjectURL(url);
  }
});
`;

export function dataWorker(name: string): Worker {
  return new Worker(`data:text/javascript,${encodeURIComponent(bootstrap)}`, { name });
}

/** What the bootstrap leaves for the runtime. */
export interface Boot {
  readonly message: unknown;
  readonly ports: readonly MessagePort[];
  /** Messages that came since. */
  readonly waiting: readonly MessageEvent<unknown>[];
  /** Gets the messages that are still to come. */
  more: (event: MessageEvent<unknown>) => void;
}

/** Takes the boot message away from the global object, so that nothing that runs later finds the ports there. */
export function takeBoot(): Boot {
  const boot: unknown = Reflect.get(globalThis, "tilebookBoot");
  Reflect.deleteProperty(globalThis, "tilebookBoot");
  if (typeof boot !== "object" || boot === null || !("ports" in boot)) throw new Error("no boot message");
  return boot as Boot;
}
