import type { Choice } from "@tilebook/compiler";
import { expect, test } from "vitest";
import { areRelatives, slowForRelatives, type Tried } from "./relatives.ts";

function make(): never {
  throw new Error("nobody makes it");
}

function choiceOf(key: string, name: string, sizes: readonly number[]): Choice {
  return { key, kin: { name, sizes }, first: {}, configs: [], make };
}

function triedAs(choice: Choice, times: Readonly<Record<string, number | undefined>>): Tried {
  const candidates = Object.entries(times).map(([config, milliseconds]) => ({
    config,
    status: "measured" as const,
    ...(milliseconds === undefined ? {} : { milliseconds }),
  }));
  return {
    choice,
    tuning: { key: choice.key, kernel: "", winner: "", clock: "gpu", complete: true, candidates },
  };
}

const product = choiceOf("a", "matmul f32", [128, 512, 512]);

test("[U96] relatives are of one name, and each size at most four times the other's", () => {
  expect(areRelatives(product, choiceOf("b", "matmul f32", [128, 2048, 128]))).toBe(true);
  expect(areRelatives(product, choiceOf("b", "matmul f32", [128, 2049, 512]))).toBe(false);
  expect(areRelatives(product, choiceOf("b", "matmul f32", [31, 512, 512]))).toBe(false);
  expect(areRelatives(product, choiceOf("b", "matmul nt f32", [128, 512, 512]))).toBe(false);
  const { kin: _, ...alone } = product;
  expect(areRelatives(alone, alone)).toBe(false);
});

test("[U97] what was slow for all relatives that have tried it need not be tried; of what they have not measured nothing is said", () => {
  const tried = [
    triedAs(choiceOf("b", "matmul f32", [128, 512, 1024]), { x: 10, y: 20, z: 35, unmeasured: undefined }),
    triedAs(choiceOf("c", "matmul f32", [128, 1024, 512]), { x: 12, y: 11, z: 30 }),
    triedAs(choiceOf("d", "matmul f32", [4, 4, 4]), { x: 90, y: 1, z: 1 }),
    triedAs(product, { x: 50, y: 1 }),
  ];
  expect([...slowForRelatives(product, tried)]).toEqual([["z", 30 / 11]]);
});
