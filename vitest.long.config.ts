import { mergeConfig, type ViteUserConfig } from "vitest/config";
import short from "./vitest.config.ts";

/** `npm run unit:long`: as CI, but all of what CI tries by parts, a part a day (`packages/ir/src/testing/sample.ts`). */
const config: ViteUserConfig = mergeConfig(short, {
  test: { env: { TILEBOOK_LONG: "1" }, testTimeout: 300_000 },
});

export default config;
