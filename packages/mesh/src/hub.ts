export { hubChannel, pageOffer, pagePassword } from "./meet/direct-sdp.ts";
export { type HubAddress, hubCode, readHubCode } from "./meet/hub-address.ts";
