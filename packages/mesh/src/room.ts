export { answerAsks } from "./room/answer-asks.ts";
export { type AboutMember, type Between, ComputeRoom, type ComputeRoomOptions } from "./room/compute-room.ts";
export { configurationOf, meetBy, type MeetOptions } from "./meet/meet.ts";
export { directTopics } from "./meet/direct-topics.ts";
export { findRelay, type FoundRelay, relayTopics } from "./meet/relay-topics.ts";
export { type HubAddress, hubCode, readHubCode } from "./meet/hub-address.ts";
export { loadNostr } from "./meet/load-nostr.ts";
export type { Meeting, Place, Rendezvous } from "./meet/rendezvous.ts";
export { tabTopics } from "./meet/tab-topics.ts";
export type { Topics } from "./meet/topics.ts";
export { defaultPolicy, type KeptGuests, type Policy } from "./room/guests.ts";
export { type GuestEvents, GuestRoom, type GuestRoomOptions, type GuestState } from "./room/guest-room.ts";
export {
  type HostEvents,
  type HostMember,
  HostRoom,
  type HostRoomOptions,
  type RoomKeys,
} from "./room/host-room.ts";
export { forgetRoom, keepIdentity, keepRoom, type KeptRoom } from "./room/kept.ts";
export { type Identity, identityOf, type KeyId, newIdentity } from "./room/identity.ts";
export {
  newSecret,
  readRoomFragment,
  type Role,
  roomFragment,
  type RoomLink,
  roles,
  withHub,
} from "./room/room-link.ts";
export type { Member, Refusal } from "./room/words.ts";
