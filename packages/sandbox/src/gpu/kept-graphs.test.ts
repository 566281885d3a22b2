import { portableTarget } from "@tilebook/compiler";
import { encodeGraph } from "@tilebook/ir";
import { openInterpreter } from "@tilebook/runtime";
import { createTensors, type Tensor, type TensorGlobals } from "@tilebook/tensor";
import { afterEach, describe, expect, test } from "vitest";
import { GpuLine } from "../cell/gpu-line.ts";
import { CellHost } from "../cell/host.ts";
import { lower } from "../cell/lower.ts";
import type { CellToGpu } from "../protocol/tensors.ts";
import { Compiler } from "./compiler.ts";
import { Desk } from "./desk.ts";
import { TensorTable } from "./tensors.ts";

const ports: MessagePort[] = [];
afterEach(() => ports.splice(0).forEach((port) => port.close()));

interface Worker {
  readonly cell: TensorGlobals;
  readonly line: GpuLine;
  /** What was said to the GPU worker. */
  readonly said: CellToGpu[];
}

function bench(): { readonly join: () => Worker } {
  const executor = openInterpreter({ budgetBytes: 64 << 20 });
  const tensors = new TensorTable(executor);
  const compiler = new Compiler(() => portableTarget);
  const desk = new Desk({ executor, gpu: undefined, compiler, tensors, toApp: () => undefined });
  let generation = 0;
  const join = (): Worker => {
    generation += 1;
    const { port1, port2 } = new MessageChannel();
    ports.push(port1, port2);
    const said: CellToGpu[] = [];
    port2.addEventListener("message", ({ data }) => said.push(data as CellToGpu));
    desk.join(port2, generation);
    const line = new GpuLine(port1, generation);
    const host = new CellHost({
      line,
      lower,
      encode: (graph) => JSON.stringify(encodeGraph(graph)),
      caller: () => ({ run: 1, cell: "c" }),
      here: () => undefined,
      printed: () => undefined,
      send: () => undefined,
    });
    return { cell: createTensors(host).globals, line, said };
  };
  return { join };
}

const runsOf = ({ said }: Worker): readonly string[] =>
  said.flatMap(({ type }) => (type === "run" || type === "again" ? [type] : []));

/** x times a number and one more, step after step. */
async function steps({ cell }: Worker, numbers: readonly number[], size = 3): Promise<number> {
  let x: Tensor = cell.tensor(Array.from({ length: size }, () => 1));
  for (const number of numbers) {
    x = x.mul(number).add(1);
    await cell.realize(x);
  }
  return (await x.data())[0] ?? Number.NaN;
}

describe("a graph that is sent again", () => {
  test("[KG1] goes whole twice, then by its number; tensors and numbers are those of each time", async () => {
    const worker = bench().join();
    expect(await steps(worker, [2, 3, 4, 5, 6])).toBe(((((1 * 2 + 1) * 3 + 1) * 4 + 1) * 5 + 1) * 6 + 1);
    expect(runsOf(worker)).toEqual(["run", "run", "again", "again", "again"]);
  });

  test("[KG2] numbers that decide about the program may come and go", async () => {
    const worker = bench().join();
    const numbers = [2, 3, 0, 0, 1, 4, -0, 1e10, 2, Number.NaN, 5, 1, Infinity, 3];
    for (let end = 1; end <= numbers.length; end++) {
      const wanted = numbers.slice(0, end).reduce((x, number) => Math.fround(Math.fround(x * number) + 1), 1);
      expect(await steps(worker, numbers.slice(0, end))).toBe(wanted);
    }
    expect(runsOf(worker).filter((type) => type === "run").length).toBe(2);
  });

  test("[KG3] of many forms the latest are kept, and the others are let go", async () => {
    const worker = bench().join();
    for (let turn = 0; turn < 3; turn++)
      for (let size = 1; size <= 80; size++) expect(await steps(worker, [2], size)).toBe(3);
    await steps(worker, [2], 80);
    await steps(worker, [2], 1);
    const dropped = worker.said.flatMap((one) => (one.type === "drop" ? [one.form] : []));
    expect(dropped.length).toBeGreaterThan(80 - 64);
    expect(runsOf(worker).slice(-2)).toEqual(["again", "run"]);
  });

  test("[KG4] the next cell worker begins anew, and a number that nobody knows is a fault", async () => {
    const { join } = bench();
    await steps(join(), [2, 3, 4]);
    const next = join();
    const question = {
      type: "again",
      run: 1,
      cell: "c",
      form: 1,
      tensors: [],
      numbers: [],
      outputs: [],
    } as const;
    await expect(next.line.ask(question)).rejects.toMatchObject({ code: "executor/unknown-graph" });
    expect(await steps(next, [2, 3, 4])).toBe(41);
  });

  test("[KG5] tensors of another type, or too few numbers, are a fault", async () => {
    const worker = bench().join();
    await steps(worker, [2, 3, 4]);
    const again = worker.said.find((one) => one.type === "again");
    if (again === undefined) throw new Error("nothing was sent again");
    const { id: _, ...known } = again;
    const other = worker.cell.tensor([1, 2, 3, 4]);
    await worker.cell.realize(other);
    const asked = { ...known, outputs: ["1.900"] };
    const tensors = asked.tensors.map(() => other.handle ?? "");
    await expect(worker.line.ask({ ...asked, tensors })).rejects.toMatchObject({ code: "graph/input" });
    await expect(worker.line.ask({ ...asked, numbers: [] })).rejects.toMatchObject({ code: "graph/input" });
  });
});
