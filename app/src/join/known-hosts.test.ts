import { describe, expect, test } from "vitest";
import { acquaintance, type KnownHost, withHost } from "./known-hosts.ts";

const host = (id: string, last: number): KnownHost => ({ id, last, times: 1 });

describe("hosts that a device has computed for", () => {
  test("[KH1] nobody yet, the same as last time, another one, and one from before", () => {
    expect(acquaintance([], "a")).toEqual({ kind: "first" });
    expect(acquaintance([host("b", 1), host("a", 2)], "a")).toEqual({ kind: "same", host: host("a", 2) });
    expect(acquaintance([host("a", 2)], "c")).toEqual({
      kind: "other",
      lastHost: host("a", 2),
      host: undefined,
    });
    expect(acquaintance([host("a", 2), host("b", 1)], "b")).toMatchObject({
      kind: "other",
      host: { id: "b" },
    });
  });

  test("[KH2] a visit counts, and the oldest are forgotten", () => {
    const again = withHost(withHost([], "a", 5), "a", 7);
    expect(again).toEqual([{ id: "a", last: 7, times: 2 }]);
    let many: readonly KnownHost[] = [];
    for (let at = 0; at < 200; at += 1) many = withHost(many, `h${at}`, at);
    expect(many).toHaveLength(50);
    expect(many.at(-1)?.id).toBe("h150");
  });
});
