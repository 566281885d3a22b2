import { anObject, aString, decodeJson, oneOf, optional } from "@tilebook/base";
import { type BoardEvents, type BoardLine, BoardTopics } from "./board-topics.ts";
import { type HubAddress, readHubCode } from "./hub-address.ts";
import type { Topics } from "./topics.ts";

/** Topics of a relay, as `npx tilebook serve` has one, to which it connects now. A connection that ends is made again. */
export function relayTopics(url: string): Topics {
  return new BoardTopics((events) => dialRelay(url, events));
}

function dialRelay(url: string, { opened, heard, closed }: BoardEvents): BoardLine {
  const socket = new WebSocket(url);
  socket.addEventListener("open", opened);
  socket.addEventListener("message", ({ data }: MessageEvent<unknown>) => heard(data));
  socket.addEventListener("close", closed);
  return {
    say: (text) => socket.readyState === WebSocket.OPEN && socket.send(text),
    close: () => socket.close(),
  };
}

export interface FoundRelay {
  /** For `relayTopics`. */
  readonly url: string;
  /** The address at which other devices of this network open the site, should it not be this page's own. */
  readonly address: string | undefined;
  /** The hub beside it. */
  readonly hub: HubAddress | undefined;
}

const anAnswer = anObject({
  tilebook: oneOf("relay"),
  version: oneOf(1),
  address: optional(aString(300)),
  hub: optional(aString(100)),
});

/** A site that has not answered after so many milliseconds has no relay: whoever asks waits for it. */
const answerMs = 3_000;

/** The relay of the site at `base` (`npx tilebook serve` has one), if there is one. */
export async function findRelay(base: string): Promise<FoundRelay | undefined> {
  const url = new URL("/relay", base);
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(answerMs) });
    const { address, hub } = decodeJson(anAnswer, await answer.text(), 1_000);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    return { url: url.href, address, hub: hub === undefined ? undefined : readHubCode(hub) };
  } catch {
    return undefined;
  }
}
