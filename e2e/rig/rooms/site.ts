import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { Relay, relayAnswer, relayPath } from "@tilebook/hub";
import { build } from "vite";

export interface RoomsSite {
  readonly url: string;
  readonly relay: Relay;
  /** Requests so far, with their headers. */
  readonly requests: string[];
  close(): void;
}

/** Serves a page that has nothing but rooms (`page.ts`), and a relay. */
export async function serveRooms(): Promise<RoomsSite> {
  const scripts = await scriptsOf(fileURLToPath(new URL("page.ts", import.meta.url)));
  const requests: string[] = [];
  const server = createServer(({ url = "/", headers }, response) => {
    requests.push(`${url} ${JSON.stringify(headers)}`);
    const script = scripts.get(url.slice(1));
    if (script !== undefined) return void response.setHeader("content-type", "text/javascript").end(script);
    if (url === relayPath) return void response.end(relayAnswer({}));
    response
      .setHeader("content-type", "text/html")
      .end(`<!doctype html><title>rooms</title><script type="module" src="/page.js"></script>`);
  });
  server.on("upgrade", ({ url = "/", headers }) => requests.push(`${url} ${JSON.stringify(headers)}`));
  const relay = new Relay();
  relay.attach(server);
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    relay,
    requests,
    close: () => {
      relay.close();
      server.closeAllConnections();
      server.close();
    },
  };
}

/** What an entry is built into, by the names of the files; `page.js` is the first. */
export async function scriptsOf(entry: string): Promise<ReadonlyMap<string, string>> {
  const built = await build({
    configFile: false,
    logLevel: "error",
    build: { write: false, target: "es2023", lib: { entry, formats: ["es"], fileName: () => "page.js" } },
  });
  const outputs = Array.isArray(built) ? built : [built];
  const files = outputs.flatMap((output) => ("output" in output ? output.output : []));
  return new Map(files.flatMap((file) => (file.type === "chunk" ? [[file.fileName, file.code]] : [])));
}
