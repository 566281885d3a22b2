import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { findRelay } from "./relay-topics.ts";

test("[FR1] a site that takes the question and never answers has no relay", { timeout: 20_000 }, async () => {
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  expect(await findRelay(`http://127.0.0.1:${port}/`)).toBeUndefined();
  server.closeAllConnections();
  server.close();
});
