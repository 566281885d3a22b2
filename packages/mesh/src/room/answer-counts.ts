import { decode } from "@tilebook/base";
import { aHostAsks, type PeerNews } from "../run/peer-news.ts";
import type { PeerWorker } from "../run/worker.ts";
import type { GuestRoom } from "./guest-room.ts";

/** Has a guest tell its host what went over its links, whenever the host asks. Returns what ends that. */
export function answerCounts(room: GuestRoom, worker: PeerWorker): () => void {
  return room.events.on("message", (message) => {
    const { ask } = decode(aHostAsks, message, "message");
    const from = Array.from(worker.movedFrom, ([peer, bytes]) => ({ peer, bytes }));
    const news: PeerNews = { kind: "counted", ask, from, other: worker.otherBytes };
    room.tell(news);
  });
}
