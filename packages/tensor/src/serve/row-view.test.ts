import { realClock } from "@tilebook/base";
import { describe, expect, test } from "vitest";
import { makeGlobals } from "../globals.ts";
import { Tensor } from "../tensor.ts";
import { TestHost } from "../testing/host.ts";
import { Workspace } from "../workspace.ts";
import { rowView } from "./row-view.ts";

const { tensor } = makeGlobals(new Workspace(new TestHost(), realClock));
const all = tensor.arange(2 * 3 * 4 * 5).reshape(2, 3, 4, 5);

describe("rows that are parts of others'", () => {
  test.each<readonly [string, Tensor, number, number]>([
    ["a part", all.at(":", 1), 20, 60],
    ["of it, by other sizes", all.at(":", 2).reshape(2, 20), 40, 60],
    ["a part of a part", all.reshape(2, 60).slice(1, 10, 40).slice(1, 5, 10), 15, 60],
    ["of some heads", all.at(":", 1).slice(1, 1, 3), 25, 60],
    ["an element", all.at(":", 1).at(":", 2).at(":", 3), 33, 60],
  ])("[SW1] %s is read where it lies", async (_, part, start, step) => {
    const { of, ...found } = rowView(Tensor.expr(part));
    expect(found).toEqual({ start, step });
    const flat = (await part.reshape(2, -1).array()) as number[][];
    expect(flat[1]?.[0]).toBe(step + start);
    expect(of.shape[0]).toBe(2);
    expect(flat[1]).toEqual(flat[1]?.map((__, at) => step + start + at));
  });

  test.each<readonly [string, Tensor]>([
    ["pieces of each row", all.slice(3, 1, 4)],
    ["every second", all.at(":", "0:3:2")],
    ["other rows", all.slice(0, 1, 2)],
    ["rows in another order", all.permute(1, 0, 2, 3)],
    ["numbers", all.add(1)],
  ])("[SW2] %s are none", (_, part) => {
    expect(rowView(Tensor.expr(part)).of).toBe(Tensor.expr(part));
  });
});
