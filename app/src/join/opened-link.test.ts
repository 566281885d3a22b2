import { readRoomFragment, type RoomLink } from "@tilebook/mesh/link";
import { assert, property, string } from "fast-check";
import { describe, expect, test } from "vitest";
import { deviceName } from "./checks.ts";
import { openedBy } from "./opened-link.ts";

const text = "AAAAAAAAAAAAAAAAAAAAAA";

describe("the link that a join page was opened by", () => {
  test("[OL1] only a link for computing is one", () => {
    const link = readRoomFragment(`#r=${text}.compute.${text}`) as RoomLink;
    expect(openedBy(`#r=${text}.compute.${text}`)).toEqual({ kind: "link", link });
    expect(openedBy(`#r=${text}.view.${text}`)).toMatchObject({
      kind: "wrong",
      fault: { code: "room/role" },
    });
    expect(openedBy(`#r=${text}.compute.${text}x`)).toMatchObject({ fault: { code: "room/link" } });
    for (const none of ["", "#", "#home", "#n1=abc"]) expect(openedBy(none)).toEqual({ kind: "none" });
  });

  test("[OL2] any text is a link, a broken one, or none, and never an error", () => {
    assert(
      property(string({ maxLength: 100 }), (more) => {
        expect(["wrong", "link", "none"]).toContain(openedBy(`#r=${more}`).kind);
        expect(openedBy(more).kind === "link").toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ["Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X)", "iPhone"],
    ["Mozilla/5.0 (Linux; Android 16; Pixel 10) AppleWebKit/537.36 Mobile Safari/537.36", "Android phone"],
    ["Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/156.0", "Linux computer"],
    ["Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)", "Mac"],
    ["something else", "Device"],
  ])("[OL3] %s is called %s at first", (agent, name) => {
    expect(deviceName(agent)).toBe(name);
  });
});
