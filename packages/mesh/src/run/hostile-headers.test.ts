import { Fault } from "@tilebook/base";
import { portableTarget } from "@tilebook/compiler";
import { GraphMaker } from "@tilebook/compiler/testing";
import { bufferDTypes, type TensorType } from "@tilebook/ir";
import { often } from "@tilebook/ir/testing";
import { openInterpreter, tensorBytes } from "@tilebook/runtime";
import { array, assert, constantFrom, integer, oneof, property, record, tuple } from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { chooseSignatures } from "../sbp/choose.ts";
import { lowerToRanks } from "../sbp/lower.ts";
import type { PeerPlan } from "../sbp/peer-plan.ts";
import { at } from "../sbp/sbp.ts";
import { mostly, mutated, nonsense } from "../testing/hostile.ts";
import type { Sink } from "../transport/inbox.ts";
import { mostStreams } from "../transport/windows.ts";
import { Asks } from "./asks.ts";
import { checkPlan } from "./check-plan.ts";
import { executorDevice } from "./device.ts";
import { decodePlan, encodePlan, mostPlan } from "./plan-json.ts";
import { aTensorType } from "./tensor-type.ts";
import { PeerWorker } from "./worker.ts";

const budgetBytes = 2 ** 20;

/** Bytes for which arrays were made since this was last set to 0. */
let allocated = 0;
const Plain = Uint8Array;

beforeAll(() => {
  globalThis.Uint8Array = new Proxy(Plain, {
    construct: (of, given: [number]) => {
      if (typeof given[0] === "number") allocated += given[0];
      return Reflect.construct(of, given) as Uint8Array;
    },
  });
});
afterAll(() => {
  globalThis.Uint8Array = Plain;
});

function newWorker(): PeerWorker {
  const device = executorDevice(openInterpreter({ budgetBytes: 2 ** 28, reason: "test" }), portableTarget);
  return new PeerWorker({ device, budgetBytes, drives: (peer) => peer === "host" });
}

const aName = mostly(constantFrom("a", "b", "g.1", "", "x".repeat(200), "__proto__"));
const aType = mostly(
  record({
    dtype: mostly(constantFrom(...bufferDTypes)),
    shape: mostly(
      array(oneof(integer({ min: 0, max: 9 }), constantFrom(2 ** 16, 2 ** 31 - 1, -1, 0.5)), {
        maxLength: 9,
      }),
    ),
  }),
);
const aRank = mostly(constantFrom(0, 1, 399, 400));
const aHeader = mostly(
  record({
    kind: mostly(
      constantFrom(
        "put",
        "have",
        "plan",
        "value",
        "get",
        "got",
        "told",
        "clock",
        "free",
        "stop",
        "hasOwnProperty",
      ),
    ),
    name: aName,
    run: aName,
    type: aType,
    rank: aRank,
    ranks: mostly(array(aName, { maxLength: 3 })),
    names: mostly(array(aName, { maxLength: 3 })),
    hash: mostly(constantFrom(undefined, "h".repeat(43), "h".repeat(44))),
    ask: mostly(constantFrom(0, 1, 2)),
    timeline: mostly(constantFrom(undefined, 1)),
  }),
);
/** Stated lengths: "right" is what the type says. Links hold them to safe integers (`decodePacket`). */
const aLength = oneof(
  { weight: 3, arbitrary: constantFrom<number | "right">("right") },
  {
    weight: 1,
    arbitrary: constantFrom<number | "right">(0, 1, 4, 64, 2 ** 20, 2 ** 26, 2 ** 26 + 1, 2 ** 31, 2 ** 40),
  },
  { weight: 1, arbitrary: constantFrom<number | "right">(Number.MAX_SAFE_INTEGER) },
);

function lengthOf(header: unknown, said: number | "right"): number {
  if (said !== "right") return said;
  try {
    const bytes = tensorBytes(aTensorType((header as { readonly type?: unknown }).type, "type"));
    return Number.isSafeInteger(bytes) ? bytes : 0;
  } catch {
    return 0;
  }
}

const given: TensorType = { dtype: "f32", shape: [8, 8] };

/** Of two ranks: one computes, and the other goes on with what it gets. */
function twoPlans(): readonly PeerPlan[] {
  const g = new GraphMaker();
  const product = g.place(g.matmul(g.input("a", [8, 8]), g.input("b", [8, 8])), at(1));
  const graph = g.graph([g.unary("exp", product)]);
  const chosen = chooseSignatures(graph, { ranks: 2, inputs: () => [at(0)] });
  return lowerToRanks(graph, chosen?.signatures ?? [], { ranks: 2 });
}

/** What a refusal says; anything else that is thrown fails the test. */
function codeOf(error: unknown): string {
  if (!(error instanceof Fault)) throw error;
  expect(error.code).toMatch(/^[a-z]+\/[\w-]+$/u);
  expect(error.message.length).toBeLessThan(1_000);
  return error.code;
}

describe("headers of streams that lie", () => {
  beforeEach(() => {
    allocated = 0;
  });

  test("[HH1] random and changed ones: each is taken within the budget, or refused with a fault", () => {
    const worker = newWorker();
    const asks = new Asks();
    const accepts = {
      host: asks.accept("host", worker.acceptFrom("host")),
      guest: asks.accept("guest", worker.acceptFrom("guest")),
    };
    const codes = new Map<string, number>();
    const count = (code: string): void => void codes.set(code, (codes.get(code) ?? 0) + 1);
    let open: Sink[] = [];
    const closeAll = (): void => {
      for (const sink of open) sink.fail(new Fault("mesh/closed", "test"));
      open = [];
      expect([worker.memory.bytes, worker.waiting]).toEqual([0, 0]);
      allocated = 0;
    };
    assert(
      property(constantFrom("host", "guest"), aHeader, aLength, (peer, header, said) => {
        try {
          open.push(accepts[peer]({ header, bytes: lengthOf(header, said) }));
          count("taken");
        } catch (error) {
          count(codeOf(error));
        }
        expect(worker.memory.bytes).toBeLessThanOrEqual(budgetBytes);
        // As many as one peer may have open: tensors within the budget, plans within theirs.
        expect(allocated).toBeLessThanOrEqual(budgetBytes + mostPlan);
        if (open.length === mostStreams) closeAll();
      }),
      { numRuns: often(80_000, 1_000_000) },
    );
    closeAll();
    expect(worker.waiting).toBe(0);
    // It was no use to refuse everything.
    const wanted = [
      "taken",
      "decode/type",
      "decode/range",
      "mesh/lie",
      "mesh/full",
      "mesh/not-allowed",
      "mesh/busy",
    ];
    expect(wanted.filter((code) => (codes.get(code) ?? 0) < 10)).toEqual([]);
  });

  test("[HH2] plans with a part that is another: each is decoded and checked, or refused with a fault", () => {
    const plans = twoPlans().map((plan) => JSON.parse(JSON.stringify(encodePlan(plan))) as unknown);
    let taken = 0;
    assert(
      property(
        constantFrom(...plans),
        array(tuple(integer({ min: 0, max: 10_000 }), nonsense), { maxLength: 2 }),
        integer({ min: 0, max: 20 }),
        (plan, changes, cut) => {
          const changed = changes.reduce((so, [place, by]) => mutated(so, place, by), plan);
          const text = JSON.stringify(changed) ?? "";
          allocated = 0;
          try {
            checkPlan(decodePlan(cut === 0 ? text.slice(0, text.length / 2) : text), (name) =>
              name === "a" || name === "b" ? given : undefined,
            );
            taken += 1;
          } catch (error) {
            codeOf(error);
          }
          expect(allocated).toBeLessThanOrEqual(budgetBytes);
        },
      ),
      { numRuns: often(20_000, 200_000) },
    );
    expect(taken).toBeGreaterThan(1_000);
  });

  test("[HH3] a plan that fails once it is whole gives its room back once", async () => {
    const accept = newWorker().acceptFrom("host");
    const header = { kind: "plan", run: "r", ranks: ["host"], rank: 0, names: [] };
    const bytes = 2 ** 10;
    const bad = accept({ header, bytes });
    await expect(bad.end()).rejects.toMatchObject({ name: "Fault" });
    // As links do with every sink that throws.
    bad.fail(new Fault("mesh/sink", "it threw"));
    accept({ header, bytes: mostPlan });
    expect(() => accept({ header, bytes })).toThrow("too many plans");
  });
});
