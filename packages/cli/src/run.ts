import { readFile } from "node:fs/promises";
import { Fault } from "@tilebook/base";
import type { RunCommand } from "./arguments.ts";
import { type NotebookPage, openPage, type Snapshot } from "./page.ts";
import { reportOf, reportText } from "./report.ts";
import { buildSite, serveSite } from "./site.ts";

/** Runs a notebook headless. Returns the exit code: 0 when everything ran and passed, else 1. */
export async function runNotebook(command: RunCommand, root: string): Promise<number> {
  const text = await readNotebook(command.file);
  await buildSite(root, (line) => note(`${line}\n`));
  const site = await serveSite(root, { port: 0 });
  try {
    const page = await openPage(site.url, command);
    try {
      const report = reportOf(await follow(page, text, command));
      process.stdout.write(
        command.json ? `${JSON.stringify(report, undefined, 2)}\n` : `${reportText(report)}\n`,
      );
      return report.passed ? 0 : 1;
    } finally {
      await page.close();
    }
  } finally {
    await site.close();
  }
}

async function readNotebook(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new Fault("cli/no-file", `cannot read ${file}`, { cause, hint: "give the path of a .nb.md file" });
  }
}

async function follow(page: NotebookPage, text: string, command: RunCommand): Promise<Snapshot> {
  await page.open(text);
  await page.start();
  const end = Date.now() + command.timeout * 1000;
  while (!(await page.finished())) {
    if (Date.now() > end)
      throw new Fault("cli/timeout", `the notebook did not finish in ${command.timeout} seconds`, {
        hint: `running then: ${runningIn(await page.snapshot())}`,
      });
    showProgress(await page.snapshot());
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  clearProgress();
  return page.snapshot();
}

function runningIn({ cells }: Snapshot): string {
  const running = cells.filter(({ status }) => status === "running").map(({ id }) => id);
  return running.length === 0 ? "no cell" : running.join(", ");
}

function showProgress({ cells }: Snapshot): void {
  if (!process.stderr.isTTY) return;
  const code = cells.filter((cell) => cell.kind !== "prose");
  const ended = code.filter((cell) => ["fresh", "failed", "blocked"].includes(cell.status)).length;
  const running = code.find((cell) => cell.status === "running");
  note(`\r\u001b[K${ended}/${code.length}${running === undefined ? "" : `  running ${running.id}`}`);
}

function clearProgress(): void {
  if (process.stderr.isTTY) note("\r\u001b[K");
}

function note(text: string): void {
  process.stderr.write(text);
}
