import { open } from "@tilebook/tensor/testing";
import { expect, test } from "vitest";
import type { FromCell } from "../protocol/cell.ts";
import { NaNSearches } from "./nan-searches.ts";

test("[NS1] a search tells how far it is, lets messages through, and ends when it is told to", async () => {
  const { tensor, tensors } = open();
  const shown = tensor([-1]).log().add(1).mul(2);
  await shown.data();
  const said: FromCell[] = [];
  let clock = 0;
  const searches = new NaNSearches({
    find: (_, watch) => tensors.nanOrigin(shown, watch),
    send: (message) => {
      said.push(message);
      if (message.type === "seekingNaN" && message.id === 2) searches.end(2);
    },
    // Every look at it is late.
    now: () => (clock += 100),
  });
  await searches.begin(1, "1.1");
  await searches.begin(2, "1.1");
  expect(said.filter(({ type }) => type === "seekingNaN").length).toBeGreaterThan(3);
  expect(said.filter(({ type }) => type !== "seekingNaN")).toMatchObject([
    { type: "nanFound", id: 1, origin: { made: "log of -1", place: [0] } },
    { type: "nanLost", id: 2, fault: { code: "run/stopped" } },
  ]);
});
