import { afterEach, describe, expect, test, vi } from "vitest";
import { keepSpeed, keptSpeed } from "./speeds.ts";

const speed = {
  gflops: 12,
  gigabytesPerSecond: 3,
  launchMs: 0.01,
  programMs: 0.001,
  meetingMs: 0.0005,
  barrierMs: 0.0001,
  fullPrograms: 4,
};

/** A storage of its own for each test. */
function store(texts = new Map<string, string>()): Map<string, string> {
  vi.stubGlobal("localStorage", {
    getItem: (name: string) => texts.get(name) ?? null,
    setItem: (name: string, text: string) => texts.set(name, text),
  });
  return texts;
}

describe("speeds of devices", () => {
  afterEach(() => vi.unstubAllGlobals());

  test("[K9] each is kept by the name of its device, the newest eight of them", () => {
    store();
    for (let at = 0; at < 10; at++) keepSpeed(`device ${at}`, { ...speed, gflops: at });
    expect(keptSpeed("device 9")).toEqual({ ...speed, gflops: 9 });
    expect(keptSpeed("device 2")?.gflops).toBe(2);
    expect(keptSpeed("device 1")).toBeUndefined();
  });

  test("[K10] what is no speed is as if it was not there, and storage may be forbidden", () => {
    const texts = store();
    keepSpeed("a", speed);
    const [[name = "", text = ""] = []] = texts;
    texts.set(name, text.replace('"launchMs":0.01', '"launchMs":"soon"'));
    expect(keptSpeed("a")).toBeUndefined();
    texts.set(name, "no JSON");
    expect(keptSpeed("a")).toBeUndefined();
    keepSpeed("a", speed);
    expect(keptSpeed("a")).toEqual(speed);
    vi.stubGlobal("localStorage", {
      getItem: () => {
        throw new Error("forbidden");
      },
    });
    expect(keptSpeed("a")).toBeUndefined();
    expect(() => keepSpeed("a", speed)).not.toThrow();
  });
});
