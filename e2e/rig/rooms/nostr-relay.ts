import { createHash } from "node:crypto";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";

interface Filter {
  readonly kinds?: readonly number[];
  readonly "#x"?: readonly string[];
}

interface Event {
  readonly id: string;
  readonly pubkey: string;
  readonly created_at: number;
  readonly kind: number;
  readonly tags: readonly (readonly string[])[];
  readonly content: string;
}

/** A relay of Nostr (NIP-01), for notes that are not kept. It checks what they are named by, not who signed them. */
export async function startNostrRelay(): Promise<{
  readonly url: `ws://${string}`;
  readonly notes: () => number;
  close(): void;
}> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  const subscriptions = new Map<WebSocket, Map<string, Filter>>();
  let notes = 0;
  const pass = (event: Event): void => {
    notes += 1;
    for (const [socket, filters] of subscriptions)
      for (const [name, filter] of filters)
        if (matches(event, filter)) socket.send(JSON.stringify(["EVENT", name, event]));
  };
  server.on("connection", (socket) => {
    const mine = new Map<string, Filter>();
    subscriptions.set(socket, mine);
    socket.on("close", () => subscriptions.delete(socket));
    socket.on("message", (data: Buffer) => {
      const [kind, first, filter] = JSON.parse(data.toString("utf8")) as [string, string | Event, Filter];
      if (typeof first === "string") {
        if (kind === "REQ") mine.set(first, filter);
        if (kind === "CLOSE") mine.delete(first);
        return;
      }
      const isWhole = idOf(first) === first.id;
      socket.send(JSON.stringify(["OK", first.id, isWhole, isWhole ? "" : "invalid: id"]));
      if (isWhole) pass(first);
    });
  });
  await new Promise((ready) => server.once("listening", ready));
  const { port } = server.address() as AddressInfo;
  const close = (): void => {
    for (const socket of server.clients) socket.terminate();
    server.close();
  };
  return { url: `ws://127.0.0.1:${port}`, notes: () => notes, close };
}

function matches({ kind, tags }: Event, filter: Filter): boolean {
  const topic = tags.find(([name]) => name === "x")?.[1] ?? "";
  return filter.kinds?.includes(kind) === true && filter["#x"]?.includes(topic) === true;
}

function idOf({ pubkey, created_at, kind, tags, content }: Event): string {
  const text = JSON.stringify([0, pubkey, created_at, kind, tags, content]);
  return createHash("sha256").update(text).digest("hex");
}
