import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** A server that counts what reaches it. Nothing may. */
export async function startTrap(): Promise<{
  readonly url: string;
  readonly hits: string[];
  readonly server: Server;
}> {
  const hits: string[] = [];
  const server = createServer((request, response) => {
    hits.push(request.url ?? "");
    response.writeHead(200, { "access-control-allow-origin": "*", "content-type": "image/png" }).end("x");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, hits, server };
}

/** Tries every door it knows, in code and in prose, and says what it got. */
export function hostile(trap: string): string {
  return `# Hostile

<img src="${trap}/prose-img"> ![x](${trap}/prose-md) <script>fetch("${trap}/prose-script")</script>
<iframe src="${trap}/prose-frame"></iframe> <style>@import "${trap}/prose-css";</style>
<a id="root" name="tilebook" href="javascript:fetch('${trap}/prose-link')">click</a>

\`\`\`ts {#attack run=auto}
const got: string[] = [];
const attempt = async (name: string, work: () => unknown) => {
  try {
    const value = await work();
    if (value !== undefined && value !== null) got.push(name);
  } catch {}
};
const g = globalThis as any;
await attempt("fetch", () => g.fetch("${trap}/fetch"));
await attempt("import", () => g.Function("return import('${trap}/import.js')")());
await attempt("xhr", () => { const x = new g.XMLHttpRequest(); x.open("GET", "${trap}/xhr"); x.send(); return x; });
await attempt("socket", () => new g.WebSocket("${trap}/ws".replace("http", "ws")));
await attempt("events", () => new g.EventSource("${trap}/events"));
await attempt("beacon", () => g.navigator.sendBeacon("${trap}/beacon"));
await attempt("worker", () => new g.Worker("${trap}/worker.js"));
await attempt("scripts", () => g.importScripts("${trap}/scripts.js"));
await attempt("indexedDB", () => g.indexedDB.open("x"));
await attempt("caches", () => g.caches.open("x"));
await attempt("localStorage", () => g.localStorage.getItem("canary"));
await attempt("cookie", () => g.document.cookie);
await attempt("document", () => g.document.body);
await attempt("parent", () => g.parent.document);
await attempt("top", () => g.top.location.href);
await attempt("opfs", () => g.navigator.storage.getDirectory());
await attempt("channel", () => new g.BroadcastChannel("x"));
await attempt("gpu", () => g.navigator.gpu.requestAdapter());
await attempt("constructor fetch", () => g.Function("return fetch('${trap}/function')")());
got
\`\`\`
`;
}
