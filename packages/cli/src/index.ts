export {
  adviceFor,
  type BrowserName,
  findBrowser,
  type FoundBrowser,
  provideBrowsers,
  softwareGpuFlags,
} from "./browsers.ts";
export { addressHere } from "./addresses.ts";
export { startHub } from "./hub.ts";
export { main } from "./main.ts";
export { buildSite, serveSite, type Site } from "./site.ts";
