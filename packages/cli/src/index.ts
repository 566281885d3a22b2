export {
  adviceFor,
  type BrowserName,
  findBrowser,
  type FoundBrowser,
  provideBrowsers,
  softwareGpuFlags,
} from "./browsers.ts";
export { main } from "./main.ts";
export { Relay, relayAnswer, relayPath } from "./relay.ts";
export { buildSite, serveSite, type Site } from "./site.ts";
