import { Fault } from "@tilebook/base";
import type { Expr } from "../expr.ts";
import { Tensor } from "../tensor.ts";
import { needList } from "../options.ts";
import { withSpan, type Workspace } from "../workspace.ts";
import { type ByteSource, bytesFrom } from "./source.ts";

/** Where a tensor lies in its file, and how it is made of its bytes. */
export interface Entry {
  readonly name: string;
  readonly begin: number;
  readonly end: number;
}

/** A file whose header was read. Its tensors are read when they are asked for. */
export interface OpenedTensors {
  readonly tensor: (name: string) => Promise<Tensor>;
  readonly load: (names?: readonly string[]) => Promise<Readonly<Record<string, Tensor>>>;
  readonly bytesOf: (name: string) => Promise<Uint8Array>;
}

interface Opened<E extends Entry> {
  readonly source: ByteSource;
  readonly entries: ReadonlyMap<string, E>;
  /** Throws where tensors of this kind are not read. */
  readonly check?: (entry: E) => void;
  readonly make: (entry: E, bytes: Uint8Array) => Expr;
}

/** Neighbours are read together up to so many bytes; what lies between them, where it is less than this, too. */
const [mostTogether, mostBetween] = [2 ** 25, 2 ** 16];

/** Tensors of a file, each read when it is asked for, and at most two groups of neighbours in memory at once. */
export function openedTensors<E extends Entry>(workspace: Workspace, opened: Opened<E>): OpenedTensors {
  const { source, entries } = opened;
  const load = (names: readonly string[] = [...entries.keys()]) =>
    placed(workspace, async () => {
      needList("load", names, 'model.load(["output.weight"])');
      const wanted = names.map((name) => entryOf(entries, name));
      for (const entry of wanted) opened.check?.(entry);
      const made = new Map<string, Tensor>();
      for await (const read of readGroups(source, groupsOf(wanted)))
        for (const [name, tensor] of await bring(workspace, opened, read)) made.set(name, tensor);
      return Object.fromEntries(names.map((name) => [name, made.get(name) as Tensor]));
    });
  return {
    load,
    tensor: async (name) => (await load([name]))[name] as Tensor,
    bytesOf: (name) =>
      placed(workspace, async () => {
        const { begin, end } = entryOf(entries, name);
        if (end === begin) throw sizeUnknown(name);
        return (await bytesFrom(source, [begin, end])).slice();
      }),
  };
}

/** Makes the tensors of a group, and waits until the device has what is kept of them. */
async function bring<E extends Entry>(
  workspace: Workspace,
  { make }: Opened<E>,
  { group: { begin, entries }, bytes }: Read<E>,
): Promise<readonly (readonly [string, Tensor])[]> {
  const made = entries.map((entry) => {
    const own = bytes.subarray(entry.begin - begin, entry.end - begin);
    return [entry.name, Tensor.make(workspace, () => make(entry, own))] as const;
  });
  await workspace.keep(made.map(([, tensor]) => Tensor.expr(tensor)));
  await workspace.host.memory();
  return made;
}

interface Group<E extends Entry> {
  readonly begin: number;
  readonly end: number;
  readonly entries: readonly E[];
}

interface Read<E extends Entry> {
  readonly group: Group<E>;
  readonly bytes: Uint8Array;
}

function groupsOf<E extends Entry>(wanted: readonly E[]): readonly Group<E>[] {
  const groups: Group<E>[] = [];
  for (const entry of [...new Set(wanted)].toSorted((a, b) => a.begin - b.begin)) {
    const last = groups.at(-1);
    const near = last !== undefined && entry.begin - last.end < mostBetween;
    if (near && entry.end - last.begin <= mostTogether)
      groups[groups.length - 1] = { ...last, end: entry.end, entries: [...last.entries, entry] };
    else groups.push({ begin: entry.begin, end: entry.end, entries: [entry] });
  }
  return groups;
}

/** While one group is made use of, the next one is read. */
async function* readGroups<E extends Entry>(
  source: ByteSource,
  groups: readonly Group<E>[],
): AsyncGenerator<Read<E>> {
  const all = groups.reduce((sum, { begin, end }) => sum + end - begin, 0);
  let before = 0;
  const read = (group: Group<E> | undefined): Promise<Uint8Array> | undefined => {
    if (group === undefined) return undefined;
    const { begin, end } = group;
    const bytes = bytesFrom(source, [begin, end], { before, all });
    // Whoever ends before this hears nothing of it.
    bytes.catch(() => undefined);
    before += end - begin;
    return bytes;
  };
  let next = read(groups[0]);
  for (const [at, group] of groups.entries()) {
    const bytes = await next;
    next = read(groups[at + 1]);
    if (bytes !== undefined) yield { group, bytes };
  }
}

/** Tensors are never empty: it is of a type that is not even known by name. */
function sizeUnknown(name: string): Fault {
  return new Fault(
    "file/dtype",
    `how long tensor ${JSON.stringify(name.slice(0, 100))} is in the file is not known`,
  );
}

/** Faults stand where the cell asked. */
export async function placed<T>(workspace: Workspace, work: () => Promise<T>): Promise<T> {
  const span = workspace.host.here();
  return work().catch((error: unknown) =>
    withSpan(span, () => {
      throw error;
    }),
  );
}

/** Fault `file/name`. */
export function entryOf<E>(entries: ReadonlyMap<string, E>, given: unknown): E {
  const name = String(given);
  const found = entries.get(name);
  if (found !== undefined) return found;
  const some = [...entries.keys()].slice(0, 5).join(", ");
  throw new Fault("file/name", `the file has no tensor ${JSON.stringify(name.slice(0, 100))}`, {
    hint:
      entries.size === 0
        ? "it has none: is it the right file, or only its vocabulary?"
        : `it has ${entries.size}: ${some}${entries.size > 5 ? ", ..." : ""}; see Object.keys(file.tensors)`,
  });
}
