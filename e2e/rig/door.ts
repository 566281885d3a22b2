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
    text(): string;
  };
  /** "running", "done", or what went wrong. */
  tilebookRun?: string;
};

/** Opens `text`, runs every cell, and gives back the cells as they ended (pictures without pixels). */
export async function runText(page: Evaluator, text: string): Promise<readonly CellState[]> {
  await openText(page, text);
  await page.evaluate(() => {
    window.tilebookRun = "running";
    window.tilebook?.runAll().then(
      () => (window.tilebookRun = "done"),
      (error: unknown) => (window.tilebookRun = String(error)),
    );
  }, undefined);
  // Asked again and again: a promise that a page keeps for minutes may be collected on its way out to the driver.
  await until(page, () => window.tilebookRun !== "running", 280);
  const end = await page.evaluate(() => window.tilebookRun, undefined);
  if (end !== "done") throw new Error(`the notebook did not run: ${String(end)}`);
  return cellsOf(page);
}

/** Shows `text` as an open notebook, without running it. */
export async function openText(page: Evaluator, text: string): Promise<void> {
  await until(page, () => window.tilebook !== undefined, 30);
  await page.evaluate(async (source) => window.tilebook?.open(source), text);
}

export async function cellsOf(page: Evaluator): Promise<readonly CellState[]> {
  return page.evaluate(
    () =>
      (window.tilebook?.state().cells ?? []).map((cell) => ({
        ...cell,
        kernels: [],
        outputs: cell.outputs.map((output) =>
          output.kind === "image" ? { ...output, pixels: new Uint8ClampedArray(0) } : output,
        ),
      })),
    undefined,
  );
}

/** The kernels that a cell ran, by name, with the number of their launches. */
export async function kernelsOf(
  page: Evaluator,
  id: string,
): Promise<readonly (readonly [name: string, launches: number])[]> {
  return page.evaluate((wanted) => {
    const cell = window.tilebook?.state().cells.find((one) => one.id === wanted);
    return (cell?.kernels ?? []).map(({ name, launches }) => [name, launches.length] as const);
  }, id);
}

export async function cellNamed(page: Evaluator, id: string): Promise<CellState> {
  const cell = (await cellsOf(page)).find((candidate) => candidate.id === id);
  if (cell === undefined) throw new Error(`there is no cell ${id}`);
  return cell;
}

/** Waits until the status of a cell is one of those; fails after so many seconds. */
export async function waitForStatus(
  page: Evaluator,
  id: string,
  status: RegExp,
  seconds = 60,
): Promise<CellState> {
  for (let tries = 0; tries < seconds * 10; tries++) {
    const cell = await cellNamed(page, id);
    if (status.test(cell.status)) return cell;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const { status: last, fault } = await cellNamed(page, id);
  throw new Error(`${id} is still ${last} after ${seconds} seconds: ${fault?.message ?? "no fault"}`);
}

/** The notebook as the text of its file. */
export async function textOf(page: Evaluator): Promise<string> {
  return page.evaluate(() => window.tilebook?.text() ?? "", undefined);
}

/** What the notebook's cells ran on: "gpu ..." or "interpreter". */
export async function deviceOf(page: Evaluator): Promise<string> {
  return page.evaluate(() => window.tilebook?.state().device ?? "", undefined);
}

/** Waits until `holds` is true in the page; fails after so many seconds. */
export async function until(page: Evaluator, holds: () => boolean, seconds: number): Promise<void> {
  for (let tries = 0; tries < seconds * 10; tries++) {
    if (await page.evaluate(holds, undefined)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`waited ${seconds} seconds in vain for ${String(holds)}`);
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
