import { Fault } from "@tilebook/base";
import type { Expr } from "../expr.ts";
import { needBytes } from "../files/functions.ts";
import { namedTensors } from "../several.ts";
import { Tensor } from "../tensor.ts";
import { withSpan, type Workspace } from "../workspace.ts";
import { type Layout, readFormats } from "./formats.ts";
import { type GgufEntry, type GgufParts, readGguf } from "./gguf.ts";
import type { GgufValue } from "./metadata.ts";
import type { Planes } from "./planes.ts";

/** How a tensor lies in a file. */
export interface GgufTensor {
  /** As ggml calls it: "Q4_0". */
  readonly type: string;
  /** The innermost axis last, as tensors have it. */
  readonly shape: readonly number[];
  /** In the file. */
  readonly bytes: number;
}

/** A file that was read: what it says, and its tensors once they are asked for. */
export interface GgufFile {
  readonly metadata: Readonly<Record<string, GgufValue>>;
  readonly tensors: Readonly<Record<string, GgufTensor>>;
  readonly tensor: (name: string) => Tensor;
}

export interface GgufFunctions {
  readonly gguf: { readonly read: (bytes: Uint8Array) => GgufFile };
}

export function ggufFunctions(workspace: Workspace): GgufFunctions {
  return {
    gguf: {
      read: (bytes) =>
        fileOf(
          workspace,
          withSpan(workspace.host.here(), () => readGguf(needBytes(bytes))),
        ),
    },
  };
}

function fileOf(workspace: Workspace, { metadata, entries }: GgufParts): GgufFile {
  const kept = new Map<GgufEntry, Planes<Tensor>>();
  const tensors = Array.from(entries, ([name, { format, shape, bytes }]): [string, GgufTensor] => [
    name,
    { type: format.name, shape, bytes: bytes.byteLength },
  ]);
  return {
    metadata: Object.fromEntries(metadata),
    tensors: Object.fromEntries(tensors),
    tensor: (name) =>
      withSpan(workspace.host.here(), () => tensorOf(workspace, kept, entryOf(entries, name))),
  };
}

/** The numbers of planes that are made once, and again where the cell that made them ran again. */
function tensorOf(workspace: Workspace, kept: Map<GgufEntry, Planes<Tensor>>, entry: GgufEntry): Tensor {
  const { shape, bytes } = entry;
  const { planes, numbers } = layoutOf(entry);
  const before = kept.get(entry);
  const now =
    before?.codes.disposed === false
      ? before
      : namedTensors(workspace, () => ({ ...planes(bytes, shape) }) as Record<keyof Planes, Expr>);
  kept.set(entry, now);
  return Tensor.make(workspace, () => numbers(exprsOf(now), shape));
}

function exprsOf({ codes, ...others }: Planes<Tensor>): Planes {
  const exprs = Object.entries(others).flatMap(([name, plane]) =>
    plane === undefined ? [] : [[name, Tensor.expr(plane)] as const],
  );
  return { codes: Tensor.expr(codes), ...Object.fromEntries(exprs) };
}

function entryOf(entries: ReadonlyMap<string, GgufEntry>, name: string): GgufEntry {
  const found = entries.get(name);
  if (found !== undefined) return found;
  throw noSuch(entries, name);
}

function noSuch(entries: ReadonlyMap<string, GgufEntry>, name: unknown): Fault {
  const some = [...entries.keys()].slice(0, 5).join(", ");
  return new Fault("file/name", `the file has no tensor ${JSON.stringify(String(name).slice(0, 100))}`, {
    hint: `it has ${entries.size}: ${some}${entries.size > 5 ? ", ..." : ""}; see Object.keys(file.tensors)`,
  });
}

function layoutOf({ name, format }: GgufEntry): Layout {
  if (format.layout !== undefined) return format.layout;
  throw new Fault(
    "file/dtype",
    `tensor ${JSON.stringify(name.slice(0, 100))} is ${format.name}, which is not read`,
    {
      hint: `the types are ${readFormats}`,
    },
  );
}
