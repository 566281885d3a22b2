import { mkdtemp, rm } from "node:fs/promises";
import { createSocket } from "node:dgram";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { directTopics, type Topics } from "@tilebook/mesh/room";
import { endConnections, openConnection } from "@tilebook/mesh/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Admission, type HubPlace } from "./admission.ts";
import { type HubCertificate, hubCertificate } from "./certificate.ts";
import { Hub } from "./hub.ts";

const host = "127.0.0.1";
let folder = "";
let certificate: HubCertificate;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tilebook-hub-"));
  certificate = await hubCertificate(folder);
});
afterAll(async () => {
  endConnections();
  await rm(folder, { recursive: true });
});

async function until(holds: () => boolean, seconds = 10): Promise<void> {
  for (let turn = 0; turn < 100 * seconds && !holds(); turn++)
    await new Promise((resolve) => setTimeout(resolve, 10));
  expect(holds()).toBe(true);
}

/** A page in this process, and what it has heard. */
async function openPage(hub: Hub, topic: string): Promise<{ topics: Topics; heard: string[] }> {
  const heard: string[] = [];
  const topics = directTopics(hub.address, openConnection);
  await topics.subscribe(topic, (text) => heard.push(text));
  return { topics, heard };
}

describe("a hub", { retry: 1 }, () => {
  test("[HB1] pages that know its address and certificate, and nothing else, hear each other", async () => {
    const hub = await Hub.start({ host, port: 0, certificate });
    const [a, b, c] = await Promise.all([openPage(hub, "t"), openPage(hub, "t"), openPage(hub, "u")]);
    await until(() => {
      a.topics.publish("t", "one");
      return b.heard.length > 0;
    });
    expect(new Set(b.heard)).toEqual(new Set(["one"]));
    expect([a.heard, c.heard]).toEqual([[], []]);
    for (const { topics } of [a, b, c]) topics.close();
    await until(() => hub.pages === 0);
    hub.close();
  });

  test("[HB2] a page takes no other hub for it: the certificate is another one's", async () => {
    const hub = await Hub.start({ host, port: 0, certificate });
    const states: string[] = [];
    const other = { ...hub.address, certificate: new Uint8Array(32).fill(7) };
    const topics = directTopics(other, () => {
      const connection = openConnection();
      connection.addEventListener("connectionstatechange", () => states.push(connection.connectionState));
      return connection;
    });
    let isOpen = false;
    void topics.subscribe("t", () => undefined).then(() => (isOpen = true));
    await until(() => states.includes("failed") || states.includes("closed"), 15);
    expect(isOpen).toBe(false);
    topics.close();
    hub.close();
  });

  test("[HB3] packets whose names are not those of a page make nothing", async () => {
    const hub = await Hub.start({ host, port: 0, certificate });
    const socket = createSocket("udp4");
    const password = "p".repeat(24);
    for (const name of [
      `other/${password}:page`,
      `tilebook/v1/short:page`,
      `tilebook/v1/${password}:x`,
      `tilebook/v1/${password}\r\na=candidate:page`,
      `tilebook/v1/${password}:pa\r\nge`,
      `tilebook/v1/${"p".repeat(300)}:page`,
      `tilebook/v1/${password}`,
    ])
      socket.send(bindingRequest(name), hub.address.port, host);
    // What is whole does, so that the others have come through, too.
    socket.send(bindingRequest(`tilebook/v1/${password}:page`), hub.address.port, host);
    await until(() => hub.pages > 0);
    expect(hub.pages).toBe(1);
    socket.close();
    hub.close();
  });

  test("[HB4] who says what is no word of a page is cut off, and others are not", async () => {
    const hub = await Hub.start({ host, port: 0, certificate });
    const good = await openPage(hub, "t");
    const bad = await openPage(hub, "t");
    bad.topics.publish("x".repeat(300), "too long a topic");
    await until(() => hub.pages === 1);
    bad.topics.close();
    const again = await openPage(hub, "t");
    await until(() => {
      again.topics.publish("t", "still here");
      return good.heard.length > 0;
    });
    expect(hub.pages).toBe(2);
    for (const page of [good, again]) page.topics.close();
    hub.close();
  });

  test("[HB7] a flood of first packets from one address makes 32 connections, and pages from others come in", async () => {
    const hub = await Hub.start({ host, port: 0, certificate });
    const flood = createSocket("udp4");
    await new Promise<void>((ready) => flood.bind(0, "127.0.0.2", ready));
    for (let sent = 0; sent < 3_000; sent++) {
      flood.send(
        bindingRequest(`tilebook/v1/${String(sent).padStart(24, "x")}:page`),
        hub.address.port,
        host,
      );
      if (sent % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await until(() => hub.pages === 32);
    const page = await openPage(hub, "t");
    expect(hub.pages).toBe(33);
    page.topics.close();
    flood.close();
    hub.close();
  });
});

describe("who gets a connection of a hub", () => {
  test("[HB5] a name is taken once, one address has at most 32 that are not open, and of all the latest 128", () => {
    const admission = new Admission();
    const given: string[] = [];
    const take = (name: string, from: string): HubPlace | undefined =>
      admission.take(name, from, () => void given.push(name));
    const first = take("first", "a");
    expect(first).toBeDefined();
    expect(take("first", "b")).toBeUndefined();
    first?.left();
    expect(take("first", "b")).toBeUndefined();
    const taken = Array.from({ length: 40 }, (_, at) => take(`a${at}`, "a"));
    expect(taken.filter((place) => place !== undefined)).toHaveLength(32);
    expect(take("b", "b")).toBeDefined();
    for (const place of taken) place?.opened();
    expect(take("a again", "a")).toBeDefined();
    const others = Array.from({ length: 150 }, (_, at) => take(`o${at}`, `from ${at}`));
    expect(others.filter((place) => place !== undefined)).toHaveLength(150);
    // For each beyond 128 the one that has been on its way for the longest was given up.
    expect(given).toEqual(["b", "a again", ...Array.from({ length: 22 }, (_, at) => `o${at}`)]);
  });
});

/** The first packet of a connection (RFC 8489): a binding request with this user name, and a sum that is not checked yet. */
function bindingRequest(name: string): Buffer {
  const text = Buffer.from(name);
  const padded = Buffer.concat([text, Buffer.alloc((4 - (text.length % 4)) % 4)]);
  const message = Buffer.alloc(24);
  const integrity = Buffer.alloc(24, 1);
  integrity.writeUInt32BE(0x00080014, 0);
  message.writeUInt16BE(0x0001, 0);
  message.writeUInt16BE(4 + padded.length + integrity.length, 2);
  message.writeUInt32BE(0x2112a442, 4);
  message.write("transaction1", 8);
  message.writeUInt16BE(0x0006, 20);
  message.writeUInt16BE(text.length, 22);
  return Buffer.concat([message, padded, integrity]);
}
