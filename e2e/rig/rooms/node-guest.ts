import { GuestRoom, meetBy, newIdentity, readRoomFragment, relayTopics } from "@tilebook/mesh/room";

/** Joins a room from Node, where `RTCPeerConnection` and `WebSocket` are given as globals. Resolves when it is in. */
export async function join(relay: string, fragment: string, name: string): Promise<GuestRoom> {
  const link = readRoomFragment(fragment);
  if (link === undefined) throw new Error("no link");
  const room = new GuestRoom({
    identity: await newIdentity(),
    link,
    name,
    rendezvous: meetBy({ ways: [relayTopics(relay)] }),
    accept: () => () => ({ write: () => undefined, end: () => undefined, fail: () => undefined }),
  });
  await new Promise<void>((resolve) => {
    room.events.on("state", ({ kind }) => kind === "in" && resolve());
  });
  return room;
}
