import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { lockedVersions } from "./about.ts";

describe("whose numbers these are", () => {
  test("[Q1] each library has the version that the harness installs", () => {
    const lock = readFileSync(new URL("peers/package-lock.json", import.meta.url), "utf8");
    const versions = Object.entries(lockedVersions(lock));
    expect(versions).toHaveLength(3);
    for (const [, version] of versions) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  });
});
