import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { readHubCode } from "@tilebook/mesh/hub";
import { directTopics } from "@tilebook/mesh/room";
import { endConnections, openConnection } from "@tilebook/mesh/testing";
import { afterAll, describe, expect, test } from "vitest";
import { startHub } from "./hub.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const program = fileURLToPath(new URL("../bin/tilebook.mjs", import.meta.url));
const started: ChildProcess[] = [];

afterAll(() => {
  for (const child of started) child.kill("SIGKILL");
  endConnections();
});

/** The exit code of a hub that does not come to be, and what it says. */
async function refused(
  ...more: readonly string[]
): Promise<{ readonly status: unknown; readonly said: string }> {
  const child = spawn(process.execPath, [program, "hub", ...more], { stdio: ["ignore", "ignore", "pipe"] });
  started.push(child);
  const ended = new Promise((resolve) => child.once("exit", resolve));
  let said = "";
  for await (const part of child.stderr ?? []) said += String(part);
  return { status: await ended, said };
}

async function start(port: number): Promise<{ readonly child: ChildProcess; readonly code: string }> {
  const words = [program, "hub", "--host", "127.0.0.1", "--port", String(port)];
  const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
  started.push(child);
  let text = "";
  for await (const part of child.stdout ?? []) {
    text += String(part);
    const code = /^ {2}([\w-]{51})$/mu.exec(text)?.[1];
    if (code !== undefined) return { child, code };
  }
  throw new Error(`no code in ${text}`);
}

describe("tilebook hub", { retry: 1 }, () => {
  test("[HB6] it is the same hub when it is started again, and Ctrl+C ends it", async () => {
    const first = await start(0);
    const { port } = readHubCode(first.code);
    first.child.kill("SIGKILL");
    const second = await start(port);
    expect(second.code).toBe(first.code);
    const page = directTopics(readHubCode(second.code), openConnection);
    await page.subscribe("t", () => undefined);
    const ended = new Promise((resolve) => second.child.once("exit", resolve));
    second.child.kill("SIGINT");
    expect(await ended).toBe(0);
    page.close();
  });

  test("[HB8] where it cannot be, it says why and what helps", async () => {
    const first = await startHub(root, { host: "127.0.0.1", port: 0 });
    const { port } = first.address;
    const second = await refused("--host", "127.0.0.1", "--port", String(port));
    expect(second.status).toBe(2);
    expect(second.said).toMatch(/is taken.*\n.*--port/u);
    // An address for examples (RFC 5737), which no machine has.
    const elsewhere = await refused("--host", "192.0.2.1");
    expect(elsewhere.status).toBe(2);
    expect(elsewhere.said).toMatch(/no address of this machine.*\n.*--host/u);
    first.close();
  });

  test("[HB9] a site's takes the next port that is free, and tells the switch's", async () => {
    const host = "127.0.0.1";
    const first = await startHub(root, { host, port: 0 });
    const second = await startHub(root, { host, port: first.address.port }, 20);
    const ports = new Set([first, second].flatMap(({ address, switchPort }) => [address.port, switchPort]));
    expect(ports.size).toBe(4);
    expect(second.address.port).toBeGreaterThan(first.address.port);
    first.close();
    second.close();
  });
});
