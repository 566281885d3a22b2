import { describe, expect, test } from "vitest";
import { warmUp } from "./warm.ts";

describe("warmUp", () => {
  test("[W1] its kernel is one of this language", () => {
    expect(warmUp).not.toThrow();
  });
});
