import type { CellState, Notebook } from "@tilebook/notebook";

/** A page of either browser, as far as these tests need one. */
export interface Evaluator {
  evaluate<A, R>(run: (argument: A) => R | Promise<R>, argument: A): Promise<R>;
}

/** The app's automation door (app/src/automation.ts), inside functions that run in the page. */
declare const window: {
  readonly tilebook?: {
    open(text: string): Promise<void> | void;
    runAll(): Promise<unknown>;
    state(): Notebook;
  };
};

/** Opens `text`, runs every cell, and gives back the cells as they ended (pictures without pixels). */
export async function runText(page: Evaluator, text: string): Promise<readonly CellState[]> {
  await waitForDoor(page);
  return page.evaluate(async (source) => {
    const door = window.tilebook;
    if (door === undefined) throw new Error("the page has no automation door");
    await door.open(source);
    await door.runAll();
    return door.state().cells.map((cell) => ({
      ...cell,
      kernels: [],
      outputs: cell.outputs.map((output) =>
        output.kind === "image" ? { ...output, pixels: new Uint8ClampedArray(0) } : output,
      ),
    }));
  }, text);
}

async function waitForDoor(page: Evaluator): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (await page.evaluate(() => window.tilebook !== undefined, undefined)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("the page did not open its automation door in 30 seconds");
}

/** The labels of checks that did not pass and the faults, as lines: empty when all is well. */
export function troubles(cells: readonly CellState[]): readonly string[] {
  return cells.flatMap((cell) => {
    if (cell.kind === "prose") return [];
    const checks = cell.outputs.flatMap((output) =>
      output.kind === "check" && !output.passed ? [`${cell.id}: ${output.label}: ${output.measured}`] : [],
    );
    const fault = cell.fault === undefined ? [] : [`${cell.id}: ${cell.fault.code}: ${cell.fault.message}`];
    return cell.status === "fresh" ? checks : [`${cell.id}: is ${cell.status}`, ...fault, ...checks];
  });
}

/** How many checks a run made: a grid of checks that ran none has shown nothing. */
export function checkCount(cells: readonly CellState[]): number {
  return cells.flatMap((cell) => cell.outputs).filter((output) => output.kind === "check").length;
}
