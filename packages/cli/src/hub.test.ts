import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { readHubCode } from "@tilebook/mesh/hub";
import { directTopics } from "@tilebook/mesh/room";
import { endConnections, openConnection } from "@tilebook/mesh/testing";
import { afterAll, describe, expect, test } from "vitest";

const program = fileURLToPath(new URL("../bin/tilebook.mjs", import.meta.url));
const started: ChildProcess[] = [];

afterAll(() => {
  for (const child of started) child.kill("SIGKILL");
  endConnections();
});

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
});
