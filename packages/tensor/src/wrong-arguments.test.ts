import { Fault } from "@tilebook/base";
import { expect, test } from "vitest";
import { open } from "./testing/cell.ts";
import { Tensor } from "./tensor.ts";

type Call = (...values: readonly unknown[]) => unknown;

const cell = open();
const x = cell.tensor.ones([2, 3]);
const model = cell.trainer({ params: x, optimizer: cell.optimizers.sgd({ rate: 0.1 }) });

/** What a person may give by mistake. */
const things: readonly unknown[] = [
  undefined,
  null,
  7,
  "a",
  true,
  x,
  [1, 2],
  { a: 1 },
  () => 1,
  Promise.resolve(1),
];
const before: readonly (readonly unknown[])[] = [
  [],
  [x],
  ["a"],
  [[1]],
  [(a: Tensor) => a],
  [(a: Tensor) => a, [x]],
  [x, x],
];
const none: readonly unknown[] = [];
const calls = [
  none,
  ...before.flatMap((first) => things.map((thing): readonly unknown[] => [...first, thing])),
];

/** Every function that cells have by name, and those in objects of them. */
function functionsIn(name: string, value: unknown, depth: number): readonly (readonly [string, Call])[] {
  if (value instanceof Tensor || value === Tensor) return [];
  const own: readonly (readonly [string, Call])[] =
    typeof value === "function" ? [[name, value as Call]] : [];
  if ((typeof value !== "object" && typeof value !== "function") || value === null || depth > 2) return own;
  return [
    ...own,
    ...Object.entries(value).flatMap(([key, part]) => functionsIn(`${name}.${key}`, part, depth + 1)),
  ];
}

/** Methods of tensors, those of the package itself left out. */
function methods(): readonly (readonly [string, Call])[] {
  const found: (readonly [string, Call])[] = [];
  const inside = new Set(["constructor", "make", "makeAll", "side", "exprOf", "dispose"]);
  for (let at: object = Tensor.prototype; at !== Object.prototype; at = Object.getPrototypeOf(at) as object)
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at)))
      if (typeof value === "function" && !inside.has(name))
        found.push([`x.${name}`, (...given) => (value as Call).apply(x, [...given])]);
  return found;
}

/** The raw error that a call ends in, if it does; a function that it gives is called, too. */
async function rawError(call: Call, given: readonly unknown[]): Promise<string | undefined> {
  try {
    const result = call(...given);
    await (typeof result === "function" ? (result as Call)(x) : result);
  } catch (error) {
    if (!(error instanceof Fault)) return String(error);
  }
  return undefined;
}

const { host: _host, tensors: _tensors, ...globals } = cell;
const all = [
  ...Object.entries(globals).flatMap(([name, value]) => functionsIn(name, value, 0)),
  ...methods(),
  ["model.step", (work: never) => model.step(work)] as const,
];

test("[WA1] there are many of them", () => expect(all.length).toBeGreaterThan(200));

test("[WA1] wrong arguments are answered by faults of ours", async () => {
  const raw: string[] = [];
  for (const [name, call] of all)
    for (const given of calls) {
      const error = await rawError(call as Call, given);
      if (error !== undefined)
        raw.push(`${name}(${given.map((thing) => typeof thing).join(", ")}): ${error}`);
    }
  expect(raw).toEqual([]);
});

/** The code and the hint of the fault that `act` ends in. */
function hintOf(act: () => unknown): string {
  try {
    return String(act());
  } catch (error) {
    return error instanceof Fault ? `${error.code}: ${error.hint}` : String(error);
  }
}

test("[WA2] checks, marks and classes say what to write instead", () => {
  const { check, mark, jvp, md } = cell;
  expect(hintOf(() => check("a", Promise.resolve(1) as never, { equals: 1 }))).toMatch(
    /^check\/value: await it/,
  );
  expect(hintOf(() => check("a", x as never, { equals: 1 }))).toMatch(/item\(\)/);
  expect(hintOf(() => check("a", [1] as never, { equals: [1] as never }))).toMatch(/String/);
  expect(hintOf(() => mark.line(x as never))).toMatch(/await y.data\(\)/);
  expect(hintOf(() => mark.line([1], { colour: "a" } as never))).toBe("tensor/option: did you mean color?");
  expect(hintOf(() => jvp((a: Tensor) => a, x as never, x as never))).toMatch(/\[x\], \[t\]/);
  expect(hintOf(() => md("text" as never))).toMatch(/^output\/md/);
  expect(hintOf(() => new cell.Tensor([1] as never, [2] as never))).toMatch(/^tensor\/maker/);
  expect(mark.line(Float32Array.of(4, 5))).toEqual({
    mark: "line",
    data: [
      { place: 0, value: 4 },
      { place: 1, value: 5 },
    ],
    x: "place",
    y: "value",
  });
});
