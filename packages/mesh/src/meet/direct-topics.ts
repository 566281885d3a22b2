import { type BoardEvents, type BoardLine, BoardTopics } from "./board-topics.ts";
import { hubAnswer, hubChannel, passwordOf } from "./direct-sdp.ts";
import type { HubAddress } from "./hub-address.ts";
import type { Topics } from "./topics.ts";

/** A hub that has not answered after so many milliseconds is tried again. */
const patience = 10_000;

/**
 * Topics of a hub (`npx tilebook hub`), which is reached by its address alone, and now. The page is sure that it is the one by its certificate, so that its site may be
 * any: no name, no authority and no server of the site takes part.
 */
export function directTopics(
  hub: HubAddress,
  connection: () => RTCPeerConnection = () => new RTCPeerConnection(),
): Topics {
  return new BoardTopics((events) => dialHub(hub, connection(), events));
}

function dialHub(
  hub: HubAddress,
  connection: RTCPeerConnection,
  { opened, heard, closed }: BoardEvents,
): BoardLine {
  const channel = connection.createDataChannel(hubChannel.label, hubChannel.init);
  let isOver = false;
  const end = (): void => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    connection.close();
    closed();
  };
  const timer = setTimeout(end, patience);
  channel.addEventListener("open", () => {
    clearTimeout(timer);
    opened();
  });
  channel.addEventListener("message", ({ data }: MessageEvent<unknown>) => heard(data));
  channel.addEventListener("close", end);
  connection.addEventListener("connectionstatechange", () => {
    // It is made again sooner than it would be found again.
    if (["disconnected", "failed"].includes(connection.connectionState)) end();
  });
  describe(connection, hub).catch(end);
  return { say: (text) => channel.readyState === "open" && channel.send(text), close: end };
}

async function describe(connection: RTCPeerConnection, hub: HubAddress): Promise<void> {
  const offer = await connection.createOffer();
  await connection.setLocalDescription(offer);
  const sdp = hubAnswer(hub, passwordOf(offer.sdp ?? "") ?? "");
  await connection.setRemoteDescription({ type: "answer", sdp });
}
