import { faultData } from "@tilebook/base";
import type { ComputeRoom } from "@tilebook/mesh/room";
import { giveBackDevice } from "../mesh/own-device.ts";
import type { RoomSession } from "./room-session.ts";
import { type PolicyView, room } from "./room-state.ts";

let session: RoomSession | undefined;

/** The room of this page, if it is open. */
export function openedRoom(): ComputeRoom | undefined {
  return session?.room;
}

/** Opens the room that this browser had before, or its first one. */
export async function openRoom(): Promise<void> {
  if (session !== undefined || room.getState().kind === "opening") return;
  room.setState({ kind: "opening" }, true);
  try {
    const { beginRoom } = await import("./room-session.ts");
    session = await beginRoom();
  } catch (error) {
    room.setState({ kind: "failed", fault: faultData(error) }, true);
  }
}

/** Ends it for all. Its links are good again when it is opened the next time. */
export function closeRoom(): void {
  session?.close();
  session = undefined;
  room.setState({ kind: "closed" }, true);
}

/** Ends everything that the GPU does for meshes. Cells keep theirs. */
export function stopLending(): void {
  closeRoom();
  giveBackDevice();
}

export function admit(id: string): void {
  session?.room.room.admit(id);
}

export function decline(id: string): void {
  session?.room.room.decline(id);
}

export function putOut(id: string): void {
  session?.room.room.remove(id);
}

export function changePolicy(change: Partial<PolicyView>): void {
  if (session === undefined) return;
  const { room: host } = session.room;
  host.policy = { ...host.policy, ...change };
  session.show();
}

/** Somebody looks at what goes over the links: until the function that is returned is called. */
export function watchTraffic(): () => void {
  return session?.watch() ?? (() => undefined);
}
