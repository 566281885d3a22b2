// The interpreter is the truth here, and only here: the compiler itself never looks at it.
import { runGraph, type TensorValue } from "@tilebook/interp";
import { type Graph, sizeOf, verifyGraph, verifyTile } from "@tilebook/ir";
import { expect } from "vitest";
import type { Program } from "../program.ts";
import { decodeElements, encodeElements } from "./elements.ts";
import { normalisedError, randomNumbers } from "./numbers.ts";
import { runOnGpu } from "./run-program.ts";

interface Agreement extends NonNullable<Parameters<typeof runOnGpu>[2]> {
  /** Numbers of inputs by name; those of others are random, in [-1, 1). */
  readonly given?: Readonly<Record<string, readonly number[]>>;
  /** The normalised squared error that an output may have. */
  readonly most?: number;
  /** Who runs the program: by default the GPU. */
  readonly run?: typeof runOnGpu;
}

/** Runs the graph as kernels and by the f64 interpreter, on the same inputs, and compares every output. Gives the program. */
export async function agrees(
  graph: Graph,
  { given = {}, most = 1e-10, run = runOnGpu, ...how }: Agreement = {},
): Promise<Program> {
  verifyGraph(graph);
  const inputs = new Map<string, readonly number[]>();
  const values = new Map<string, TensorValue>();
  for (const [id, node] of graph.nodes.entries()) {
    if (node.kind !== "input") continue;
    const { dtype, shape } = node.type;
    const numbers = given[node.tensor] ?? randomNumbers(sizeOf(shape), id + 1);
    const held = decodeElements(encodeElements(numbers, dtype), dtype, sizeOf(shape));
    inputs.set(node.tensor, held);
    values.set(node.tensor, { type: node.type, values: Float64Array.from(held) });
  }
  const { program, outputs } = await run(graph, inputs, how);
  for (const { tile } of program.kernels) verifyTile(tile);
  for (const [place, wanted] of runGraph(graph, values).entries()) {
    expect(outputs[place]).toHaveLength(wanted.length);
    expect(normalisedError(outputs[place] ?? [], Array.from(wanted))).toBeLessThan(most);
  }
  return program;
}
