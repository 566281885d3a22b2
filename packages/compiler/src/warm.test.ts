import { verifyTile, walkOps } from "@tilebook/ir";
import { describe, expect, test } from "vitest";
import { portableTarget } from "./program.ts";
import { warmKernel, warmUp } from "./warm.ts";

describe("warmUp", () => {
  test("[W1] compiles on every device, and goes through what most kernels are made of", () => {
    const kernel = warmKernel();
    verifyTile(kernel);
    const kinds = new Set<string>();
    walkOps(kernel.body, (op) => kinds.add(op.kind));
    expect([...kinds]).toEqual(
      expect.arrayContaining([
        "load",
        "store",
        "dot",
        "reduce",
        "for",
        "select",
        "unary",
        "binary",
        "transpose",
      ]),
    );
    expect(() => warmUp(portableTarget)).not.toThrow();
  });
});
