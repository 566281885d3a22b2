import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { Board } from "./board.ts";
import { Relay, relayPath } from "./relay.ts";

const relay = new Relay();
const server = createServer();
let host = "";

beforeAll(async () => {
  relay.attach(server);
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  relay.close();
  server.close();
});

interface Page {
  readonly socket: WebSocket;
  readonly heard: unknown[];
  readonly closed: Promise<void>;
}

async function open(origin = `http://${host}`): Promise<Page> {
  const socket = new WebSocket(`ws://${host}${relayPath}`, { origin });
  const heard: unknown[] = [];
  socket.on("message", (data: Buffer) => heard.push(JSON.parse(data.toString("utf8"))));
  const closed = new Promise<void>((resolve) => {
    socket.on("close", () => resolve());
    socket.on("error", () => resolve());
  });
  await Promise.race([new Promise<void>((ready) => socket.on("open", () => ready())), closed]);
  return { socket, heard, closed };
}

const say = ({ socket }: Page, ...word: unknown[]): void => socket.send(JSON.stringify(word));

async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 500 && !holds(); turn++) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(holds()).toBe(true);
}

describe("the relay", () => {
  test("[RY1] passes texts on to those who listen, and to nobody else", async () => {
    const [a, b, c] = await Promise.all([open(), open(), open()]);
    say(b, "listen", "t");
    say(c, "listen", "u");
    say(a, "listen", "t");
    // What one page says is heard in its order, so the last one has come through when all have.
    await new Promise((resolve) => setTimeout(resolve, 100));
    say(a, "say", "t", "one");
    say(a, "say", "u", "two");
    say(b, "leave", "t");
    await until(() => b.heard.length + c.heard.length === 2);
    say(a, "say", "t", "three");
    say(a, "say", "u", "four");
    await until(() => c.heard.length === 2);
    expect([a.heard, b.heard, c.heard]).toEqual([
      [],
      [["said", "t", "one"]],
      [
        ["said", "u", "two"],
        ["said", "u", "four"],
      ],
    ]);
    for (const { socket } of [a, b, c]) socket.close();
  });

  test.each<[string, (page: Page) => void]>([
    ["noise", ({ socket }) => socket.send("{")],
    ["another word", (page) => say(page, "run", "t", "x")],
    ["a text that is none", (page) => say(page, "say", "t", 5)],
    ["too long a text", (page) => say(page, "say", "t", "x".repeat(50_000))],
    ["too long a topic", (page) => say(page, "listen", "x".repeat(300))],
    ["too many topics", (page) => Array.from({ length: 70 }, (_, at) => say(page, "listen", `t${at}`))],
    ["too many texts", (page) => Array.from({ length: 6_000 }, () => say(page, "say", "t", "x"))],
  ])("[RY2] who says %s is cut off, and only that one", async (_, act) => {
    const [good, bad] = await Promise.all([open(), open()]);
    say(good, "listen", "still");
    act(bad);
    await bad.closed;
    const other = await open();
    say(other, "say", "still", "here");
    await until(() => good.heard.length === 1);
    expect(good.heard).toEqual([["said", "still", "here"]]);
    for (const { socket } of [good, other]) socket.close();
  });

  test("[RY3] pages of other sites may not use it", async () => {
    const page = await open("https://elsewhere.example");
    await page.closed;
    expect(page.socket.readyState).toBe(WebSocket.CLOSED);
  });

  test("[RY4] it keeps nothing of those who left", async () => {
    const page = await open();
    say(page, "listen", "t");
    page.socket.terminate();
    await until(() => relay.pages === 0);
    expect(relay.topics).toBe(0);
  });

  test("[RY5] upgrades to other places are cut off, whatever their address is, and end nothing", async () => {
    for (const path of ["//", "/x", "/relay/../x"]) {
      const socket = connect(Number(host.split(":")[1]), "127.0.0.1");
      const closed = new Promise<void>((resolve) => socket.on("close", () => resolve()));
      socket.on("error", () => undefined);
      socket.write(
        `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`,
      );
      if (path === "/x") socket.resetAndDestroy();
      await closed;
    }
    expect((await open()).socket.readyState).toBe(WebSocket.OPEN);
  });
});

describe("a place at the board", () => {
  test("[RY6] what comes after somebody has left does nothing", () => {
    const board = new Board();
    const seat = board.join({ send: () => undefined, waiting: () => 0, end: () => undefined });
    seat.leave();
    seat.open();
    seat.hear(JSON.stringify(["listen", "t"]));
    expect(board.topics).toBe(0);
  });
});
