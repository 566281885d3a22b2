import { ManualClock } from "@tilebook/base";
import type { Choice, CompiledKernel, Config, Way } from "@tilebook/compiler";
import { expect, test } from "vitest";
import { GoingOver } from "./going-over.ts";

const first: Config = { blocks: { keys: 1 } };
const later: Config = { blocks: { keys: 2 } };

/** A kernel whose name is its config. */
function make(config: Config): Way {
  return { kernel: { name: JSON.stringify(config) } as CompiledKernel, grid: [1, 1, 1], scalars: [] };
}

function choiceOf(key: string, more: Partial<Choice> = {}): Choice {
  return { key, first, later, configs: [first, later], make, ...more };
}

/** Much later, with all that happens at once by then. */
async function wait(clock: ManualClock): Promise<void> {
  clock.advance(10_000);
  await new Promise((resolve) => setImmediate(resolve));
}

/** A device that compiles what it is given, but for kernels with `refused` in their names. */
function watching(): { readonly over: GoingOver; readonly clock: ManualClock; readonly told: string[] } {
  const clock = new ManualClock();
  const told: string[] = [];
  const prepare = async ({ name }: CompiledKernel): Promise<void> => {
    told.push(`compiles ${name}`);
    if (name.includes("refused")) throw new Error("no such code");
  };
  return {
    over: new GoingOver({ gpu: { prepare }, clock, changed: () => told.push("changed") }),
    clock,
    told,
  };
}

test("[U90] what runs a second time goes over to its better code, once that is compiled", async () => {
  const { over, clock, told } = watching();
  const choice = choiceOf("attention");
  over.ran(choice);
  await wait(clock);
  expect([over.of(choice), told]).toEqual([undefined, []]);
  over.ran(choice);
  expect(told).toEqual([]);
  await wait(clock);
  expect(told).toEqual([`compiles ${JSON.stringify(later)}`, "changed"]);
  expect(over.of(choice)).toBe(later);
  expect(over.of(choiceOf("another"))).toBeUndefined();
  over.ran(choice);
  await wait(clock);
  expect(told).toHaveLength(2);
});

test("[U91] a choice whose first way is good enough stays there, and so does one whose better code fails", async () => {
  const { over, clock, told } = watching();
  const { later: _, ...plain } = choiceOf("plain");
  const refused = choiceOf("refused", { later: { blocks: { refused: 1 } } });
  for (const choice of [plain, plain, refused, refused, refused]) over.ran(choice);
  await wait(clock);
  expect(told).toEqual(['compiles {"blocks":{"refused":1}}']);
  expect([over.of(plain), over.of(refused)]).toEqual([undefined, undefined]);
});

test("[U94] what runs often goes over once more, and never back", async () => {
  const { over, clock, told } = watching();
  const often: Config = { blocks: { keys: 3 } };
  const choice = choiceOf("product", { often: { config: often, runs: 4 } });
  for (let run = 0; run < 3; run++) over.ran(choice);
  await wait(clock);
  expect(over.of(choice)).toBe(later);
  for (let run = 0; run < 9; run++) over.ran(choice);
  await wait(clock);
  expect(over.of(choice)).toBe(often);
  expect(told.filter((said) => said === `compiles ${JSON.stringify(often)}`)).toHaveLength(1);
  expect(over.of(choiceOf("product"))).toBe(later);

  const { later: _, ...only } = choiceOf("large", { often: { config: often, runs: 4 } });
  for (let run = 0; run < 4; run++) over.ran(only);
  expect(over.of(only)).toBeUndefined();
  await wait(clock);
  expect(over.of(only)).toBe(often);
});
