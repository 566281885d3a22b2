export { Board, type Switch } from "./board.ts";
export { type HubCertificate, hubCertificate } from "./certificate.ts";
export { Hub, type HubOptions } from "./hub.ts";
export { Relay, relayAnswer, relayPath, type SiteFacts } from "./relay.ts";
export { TurnServer } from "./turn/server.ts";
