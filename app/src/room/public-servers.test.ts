import { readFileSync } from "node:fs";
import { decodeJson } from "@tilebook/base";
import { describe, expect, test } from "vitest";
import { publicServers } from "./public-servers.ts";

const read = (text: string): unknown => decodeJson(publicServers, text, 20_000);

describe("meet.json", () => {
  test("[PS1] the site's own names relays and servers for STUN", () => {
    const { relays, iceServers } = publicServers(
      JSON.parse(readFileSync("public/meet.json", "utf8")),
      "meet.json",
    );
    expect(relays.every((url) => url.startsWith("wss://"))).toBe(true);
    expect(iceServers.every(({ urls }) => String(urls).startsWith("stun:"))).toBe(true);
  });
  test("[PS2] a server is an address, or one with what it asks for", () => {
    const turn = { urls: "turn:turn.example:3478", username: "a", credential: "b" };
    expect(
      read(JSON.stringify({ relays: [], iceServers: ["stun:s.example", { ...turn, more: 1 }] })),
    ).toEqual({ relays: [], iceServers: [{ urls: "stun:s.example" }, turn] });
  });
  test("[PS3] anything else is refused", () => {
    for (const text of [
      "",
      "[]",
      '{"relays":[]}',
      '{"relays":[1],"iceServers":[]}',
      '{"relays":[],"iceServers":[{}]}',
    ])
      expect(() => read(text)).toThrow(/./u);
  });
});
