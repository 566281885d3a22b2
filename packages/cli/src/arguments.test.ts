import { describe, expect, test } from "vitest";
import { parseArguments } from "./arguments.ts";

describe("arguments", () => {
  test("[A1] run takes one file and its options in any order", () => {
    expect(parseArguments(["run", "--json", "a.nb.md", "--timeout", "5"])).toEqual({
      name: "run",
      file: "a.nb.md",
      json: true,
      interpreter: false,
      software: false,
      timeout: 5,
      headed: false,
    });
    expect(parseArguments(["run", "--timeout=7", "b.nb.md"])).toMatchObject({ timeout: 7, file: "b.nb.md" });
  });
  test("[A2] serve has a port; nothing or help shows help", () => {
    expect(parseArguments(["serve", "--port", "80"])).toMatchObject({ name: "serve", port: 80, lan: false });
    expect(parseArguments([])).toEqual({ name: "help" });
    expect(parseArguments(["run", "--help"])).toEqual({ name: "help" });
  });
  test("[A4] a hub, and a site for others, can be told their address", () => {
    expect(parseArguments(["hub"])).toEqual({ name: "hub", port: 5174, host: undefined });
    expect(parseArguments(["hub", "--host", "10.0.0.7", "--port", "0"])).toEqual({
      name: "hub",
      port: 0,
      host: "10.0.0.7",
    });
    const served = parseArguments(["serve", "--lan", "--host=10.0.0.7"]);
    expect(served).toMatchObject({ name: "serve", lan: true, host: "10.0.0.7" });
  });
  test.each([
    [["fly"]],
    [["run"]],
    [["run", "a", "b"]],
    [["run", "a", "--fast"]],
    [["serve", "x"]],
    [["serve", "--port", "x"]],
    [["serve", "--lan", "--cert", "c.pem"]],
    [["serve", "--host", "10.0.0.7"]],
    [["serve", "--lan", "--port", "65535"]],
    [["serve", "--port", "70000"]],
    [["serve", "--port="]],
    [["hub", "--port", "-1"]],
    [["hub", "--port", "65536"]],
    [["hub", "--port", "80.5"]],
    [["hub", "--port"]],
    [["hub", "--host", "my-laptop.local"]],
    [["hub", "--host", "0.0.0.0"]],
    [["hub", "--host", "fe80::1"]],
    [["hub", "--host", "10.0.0.256"]],
  ])("[A3] wrong usage %j is a fault that says so", (words) => {
    expect(() => parseArguments(words)).toThrow(expect.objectContaining({ code: "cli/usage" }));
  });
});
