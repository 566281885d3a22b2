export { keyWords } from "./room/key-words.ts";
export type { KeyId } from "./room/identity.ts";
export { readRoomFragment, type Role, type RoomLink } from "./room/room-link.ts";
