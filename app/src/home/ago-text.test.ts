import { describe, expect, test } from "vitest";
import { agoText } from "./ago-text.ts";

describe("agoText", () => {
  test("[A1] the unit grows with the distance", () => {
    const now = Date.UTC(2026, 0, 20, 12);
    const ago = (milliseconds: number) => agoText(now - milliseconds, now);
    expect([ago(5_000), ago(180_000), ago(7_200_000), ago(86_400_000), ago(15 * 86_400_000)]).toEqual([
      "just now",
      "3 minutes ago",
      "2 hours ago",
      "yesterday",
      "January 5, 2026",
    ]);
  });
});
