import { type Random, seeded } from "@tilebook/base";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Oracle, type Standing } from "../testing/oracle.ts";
import { Ours } from "../testing/ours.ts";
import { randomProgram } from "../testing/program.ts";

/*
 * The scheduler against @observablehq/runtime. Both get the same random programs and the same changes; when both have
 * come to rest, every cell must have the same value, and the same cells must be in error. SEED and PROGRAMS widen it.
 */
const seed = Number(process.env["SEED"] ?? 1);
const programs = Number(process.env["PROGRAMS"] ?? 100);
const changes = 12;

describe("the scheduler and Observable's runtime agree", () => {
  test(`[X1] on values and errors after every change (seed ${seed})`, async () => {
    for (let count = 0; count < programs; count++) {
      for await (const [ours, oracle] of compare(seeded(seed * 100_003 + count)))
        expect(ours).toEqual(oracle);
    }
  }, 120_000);

  test(`[X2] also after edits in mid-run, interrupts and losses, when all that is stale has run (seed ${seed})`, async () => {
    for (let count = 0; count < programs; count++) {
      for await (const [ours, oracle] of compareInChaos(seeded(seed * 200_003 + count)))
        expect(ours).toEqual(oracle);
    }
  }, 120_000);
});

async function* compare(random: Random): AsyncGenerator<[Standing, Standing]> {
  const ours = new Ours();
  const oracle = new Oracle();
  for (let count = 0; count < changes; count++) {
    changeBoth(ours, oracle, random, `cell${count}`);
    ours.rest();
    await oracle.rest();
    yield [ours.standing(), oracle.standing()];
  }
  oracle.close();
}

async function* compareInChaos(random: Random): AsyncGenerator<[Standing, Standing]> {
  const ours = new Ours();
  const oracle = new Oracle();
  for (let count = 0; count < changes; count++) {
    for (const part of ["a", "b", "c"]) {
      changeBoth(ours, oracle, random, `cell${count}${part}`);
      disturb(ours, random);
    }
    ours.rest();
    // Twice, since generators that go on put readers out of date that do not run by themselves.
    for (let again = 0; again < 2; again++) {
      ours.do({ type: "runStale" });
      ours.rest();
    }
    await oracle.rest();
    yield [ours.standing(), oracle.standing()];
  }
  oracle.close();
}

function changeBoth(ours: Ours, oracle: Oracle, random: Random, next: string): void {
  const { ids } = oracle;
  const id = ids[Math.floor(random() * ids.length)];
  const way = random();
  const program = randomProgram(random);
  const place = Math.floor(random() * (ids.length + 1));
  if (id === undefined || way < 0.35) {
    ours.do({ type: "insert", at: place, kind: "ts", text: JSON.stringify(program), id: next });
    oracle.define(next, program);
  } else if (way < 0.8) {
    ours.do({ type: "edit", cell: id, text: JSON.stringify(program) });
    oracle.define(id, program);
  } else if (way < 0.9) {
    ours.do({ type: "delete", cell: id });
    oracle.remove(id);
  } else ours.do({ type: "move", cell: id, to: place });
}

/** A few runs end, then something happens that must not change what comes out in the end. */
function disturb(ours: Ours, random: Random): void {
  for (let count = Math.floor(random() * 3); count > 0; count--) ours.step();
  const ids = ours.notebook.cells.map((cell) => cell.id);
  const cell = ids[Math.floor(random() * ids.length)] ?? "";
  const attributes = { hidden: false, run: random() < 0.5 ? "lazy" : "auto", rest: [] } as const;
  const events = [
    () => ours.interrupt(random() < 0.7),
    () => ours.cutOff(),
    () => ours.cutOff(),
    () => ours.lose(ids.filter(() => random() < 0.5)),
    () => ours.do({ type: "run", cell }),
    () => ours.do({ type: "runAll" }),
    () => ours.do({ type: "attributes", cell, attributes }),
    () => ours.oldNews(),
    () => undefined,
  ];
  events[Math.floor(random() * events.length)]?.();
}

/** The oracle leaves rejected promises that nobody reads. */
const ignore = (): void => undefined;
beforeAll(() => void process.on("unhandledRejection", ignore));
afterAll(() => void process.off("unhandledRejection", ignore));
