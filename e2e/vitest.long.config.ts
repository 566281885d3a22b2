import { mergeConfig, type ViteUserConfig } from "vitest/config";
import short from "./vitest.config.ts";

/** `npm run e2e:long`: as CI, but everything as often as `rig/long.ts` says, and every notebook in both browsers. */
const config: ViteUserConfig = mergeConfig(short, { test: { env: { TILEBOOK_LONG: "1" } } });

export default config;
