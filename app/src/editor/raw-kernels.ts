import type { Notebook } from "@tilebook/notebook";
import { app } from "../state/app.ts";

/** What a cell in WGSL gives the others, as the cell worker makes it. */
const rawKernelType = `
type MadeBy<Buffers> = { [Name in keyof Buffers as Buffers[Name] extends Out ? Name : never]: Tensor };
type OnlyOne<Made, Name = keyof Made> = [keyof Made] extends [never]
  ? Made
  : Name extends keyof Made ? ([keyof Made] extends [Name] ? Tensor : Made) : never;

/** A kernel in WGSL. */
interface RawKernel {
  readonly name: string;
  /**
   * Runs it over \`grid\` workgroups: \`await scale.launch(8, { x, y: out([n]) })\`. Each buffer variable of the text
   * gets a tensor to read or an \`out(...)\` to write. Gives back what it wrote: the tensor, or several by name.
   */
  launch<const Buffers extends Readonly<Record<string, Tensor | Out>>>(
    grid: number | readonly number[],
    buffers: Buffers,
  ): Promise<OnlyOne<MadeBy<Buffers>>>;
}
`;

/** Keeps the names of the WGSL cells known to TypeScript, so that cells which launch them are checked like any other. */
export function keepRawKernels(declare: (text: string) => void): void {
  let last: string | undefined;
  const tell = (notebook: Notebook) => {
    const text = textOf(notebook);
    if (text !== last) declare(text);
    last = text;
  };
  tell(app.getState().notebook);
  app.subscribe(({ notebook }, before) => {
    if (notebook.cells !== before.notebook.cells) tell(notebook);
  });
}

function textOf({ cells }: Notebook): string {
  const names = cells.flatMap(({ kind, analysis }) => (kind === "wgsl" ? (analysis?.defines ?? []) : []));
  return rawKernelType + names.map(({ name }) => `declare const ${name}: RawKernel;\n`).join("");
}
