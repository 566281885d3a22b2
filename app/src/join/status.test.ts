import { describe, expect, test } from "vitest";
import { statusOf } from "./status.ts";
import { type DeviceStanding, noFigures, type RoomStanding } from "./store.ts";

const ready: DeviceStanding = { kind: "ready", report: { kind: "gpu", name: "test" } };
const standing = {
  room: { kind: "in" } as RoomStanding,
  device: ready,
  paused: [] as const,
  figures: noFigures,
};

function lostText(recovering: boolean): string {
  return statusOf({ ...standing, device: { kind: "lost", message: "", recovering } }).text;
}

describe("how things stand on the join page", () => {
  test("[JS1] in a room it is ready, working or paused; what is worse is said first", () => {
    expect(statusOf(standing).kind).toBe("idle");
    expect(statusOf({ ...standing, figures: { ...noFigures, busy: true } }).kind).toBe("working");
    const paused = { ...standing, figures: { ...noFigures, busy: true }, paused: ["battery"] as const };
    expect(statusOf(paused)).toMatchObject({ kind: "paused", text: expect.stringContaining("battery") });
    const device: DeviceStanding = { kind: "lost", message: "", recovering: true };
    expect(statusOf({ ...paused, device }).title).toBe("The GPU was lost");
    const room: RoomStanding = { kind: "lost", fault: { code: "mesh/silent", message: "it is silent" } };
    expect(statusOf({ ...paused, device, room }).text).toMatch(/^It is silent\. This page looks/);
  });

  test("[JS2] a GPU that comes back says so, one that does not says what to do", () => {
    expect(lostText(true)).toMatch(/opened again/);
    expect(lostText(false)).toMatch(/Reload/);
  });

  test.each([
    ["locked", true, /unlock it.*tries again/],
    ["full", true, /tries again/],
    ["declined", false, /Ask whoever/],
    ["removed", false, /put this device out/],
    ["unproven", false, /new one/],
    ["protocol", false, /Reload/],
    ["elsewhere", false, /another tab/],
    ["closed", false, /closed/],
    ["of a later version", false, /did not say why/],
  ])("[JS3] refused as %s, it says what to do", (reason, again, text) => {
    const status = statusOf({ ...standing, room: { kind: "refused", reason, again } });
    expect(status.kind).toBe("refused");
    expect(status.text).toMatch(text);
  });
});
