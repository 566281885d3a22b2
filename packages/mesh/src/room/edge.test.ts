import { realClock } from "@tilebook/base";
import { afterAll, describe, expect, test } from "vitest";
import { endConnections, openConnection } from "../testing/web-rtc.ts";
import { Dial } from "../transport/dial.ts";
import { openChannels } from "../transport/peer-connection.ts";
import { Edge } from "./edge.ts";

afterAll(() => endConnections());

/** A description of a real connection. */
async function anOffer(session: string): Promise<string> {
  let said = "";
  const dial = new Dial({
    session,
    connection: openConnection(),
    tell: ({ kind, body }) => {
      if (kind === "offer") said = body;
    },
    open: openChannels,
    opened: () => undefined,
  });
  await dial.offer();
  dial.close();
  return said;
}

describe("a link between guests", () => {
  test("[ED1] an offer is answered once: who passes signals on cannot say an old one again", async () => {
    let made = 0;
    const edge = new Edge({
      clock: realClock,
      offers: false,
      accept: () => ({ write: () => undefined, end: () => undefined, fail: () => undefined }),
      connection: () => {
        made += 1;
        return openConnection();
      },
      tell: () => Promise.resolve(),
      linked: () => undefined,
    });
    const [old, next] = [await anOffer("old"), await anOffer("next")];
    await edge.hear({ session: "old", kind: "offer", body: old });
    await edge.hear({ session: "next", kind: "offer", body: next });
    expect(made).toBe(2);
    await edge.hear({ session: "old", kind: "offer", body: old });
    await edge.hear({ session: "next", kind: "offer", body: next });
    expect(made).toBe(2);
    edge.close();
  });
});
