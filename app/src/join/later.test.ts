import { Fault } from "@tilebook/base";
import type { Accept } from "@tilebook/mesh";
import { describe, expect, test } from "vitest";
import { later } from "./later.ts";

describe("streams for someone who is not there yet", () => {
  test("[LT1] nothing is taken before, and then all of it, in order", async () => {
    const heard: string[] = [];
    const door: { open?: (accept: Accept) => void } = {};
    const accept = new Promise<Accept>((resolve) => (door.open = resolve));
    const sink = later(accept)({ header: "x", bytes: 2 });
    const writing = sink.write(Uint8Array.of(1), 0);
    const ending = sink.end();
    await Promise.resolve();
    expect(heard).toEqual([]);
    door.open?.(({ header }) => ({
      write: (part, offset) => void heard.push(`${String(header)} ${part.length} at ${offset}`),
      end: () => (heard.push("end"), "answer"),
      fail: () => heard.push("fail"),
    }));
    await writing;
    expect(await ending).toBe("answer");
    expect(heard).toEqual(["x 1 at 0", "end"]);
  });

  test("[LT2] who never comes, or refuses, is heard of with the first bytes", async () => {
    const nobody = later(Promise.reject(new Fault("executor/no-gpu", "no")))({ header: 0, bytes: 1 });
    await expect(nobody.write(Uint8Array.of(1), 0)).rejects.toMatchObject({ code: "executor/no-gpu" });
    const refusing = later(
      Promise.resolve(() => {
        throw new Fault("mesh/full", "full");
      }),
    )({ header: 0, bytes: 0 });
    await expect(refusing.end()).rejects.toMatchObject({ code: "mesh/full" });
    refusing.fail(new Fault("mesh/closed", "over"));
  });
});
