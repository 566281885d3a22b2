import { softwareGpuFlags } from "@tilebook/cli";

/**
 * Chromium keeps two pages of its own ready beside each of ours, for what may drop down from the address bar that headless
 * has not. Its last list of features counts: the first names are those of Playwright's list that matter on loopback.
 */
export const chromiumFlags: readonly string[] = [
  ...softwareGpuFlags,
  `--disable-features=${[
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "HttpsUpgrades",
    "MediaRouter",
    "OptimizationHints",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "WebUIOmniboxFullPopup",
  ].join(",")}`,
];
