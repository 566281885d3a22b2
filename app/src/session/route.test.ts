import { describe, expect, test } from "vitest";
import { hashOf, routeOf } from "./route.ts";

describe("routes", () => {
  test("[R1] what is written is what is read", () => {
    for (const hash of ["#home", "#g=attention", "#d=k3x9"]) {
      const route = routeOf(hash);
      expect(route.kind === "link" || route.kind === "start" ? undefined : hashOf(route)).toBe(hash);
    }
  });
  test("[R2] a link of any version goes to the decoder, which refuses what it does not know", () => {
    expect(routeOf("#n1=abc")).toEqual({ kind: "link", link: "#n1=abc" });
    expect(routeOf("#n2=abc")).toEqual({ kind: "link", link: "#n2=abc" });
  });
  test("[R3] nothing is the start, nonsense is the list", () => {
    expect([routeOf("").kind, routeOf("#").kind, routeOf("#foo").kind]).toEqual(["start", "start", "home"]);
  });
});
