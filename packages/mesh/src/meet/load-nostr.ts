import type { nostrTopics } from "./nostr-topics.ts";

/** `nostrTopics`, in a chunk of its own: only rooms that are met by public relays need it. */
export async function loadNostr(): Promise<typeof nostrTopics> {
  return (await import("./nostr-topics.ts")).nostrTopics;
}
