import { Fault } from "@tilebook/base";
import type { Expr } from "../expr.ts";
import { needBytes, needNamed } from "../files/functions.ts";
import { entryOf, openedTensors, type OpenedTensors, placed } from "../files/opened.ts";
import { checkOptions, refuseAsMetadata } from "../options.ts";
import { namedTensors } from "../several.ts";
import { Tensor } from "../tensor.ts";
import { withSpan, type Workspace } from "../workspace.ts";
import { type Layout, readFormats } from "./formats.ts";
import { type GgufEntry, type GgufParts, readGguf } from "./gguf.ts";
import type { GgufValue } from "./metadata.ts";
import type { Planes } from "./planes.ts";
import { openGguf } from "./split.ts";
import { type GgufPart, ggufPart, type PlainType, plainTypes } from "./to-gguf.ts";
import { writeGguf } from "./write-gguf.ts";
import { type Metadata, valueTypes } from "./write-metadata.ts";

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

/** The same of a file whose tensors are read when they are asked for. */
export type OpenedGguf = Omit<GgufFile, "tensor"> & OpenedTensors;

export interface GgufFunctions {
  readonly gguf: {
    readonly read: (bytes: Uint8Array) => GgufFile;
    readonly open: (file: unknown) => Promise<OpenedGguf>;
    readonly write: (
      tensors: Readonly<Record<string, Tensor>>,
      metadata?: Metadata,
      options?: WriteOptions,
    ) => Promise<Uint8Array>;
  };
}

export interface WriteOptions {
  /** Tensors that are written as numbers, rounded to a type; of one type, all. */
  readonly as?: PlainType | Readonly<Record<string, PlainType>>;
}

export function ggufFunctions(workspace: Workspace): GgufFunctions {
  return {
    gguf: {
      read: (bytes) =>
        fileOf(
          workspace,
          bytes,
          withSpan(workspace.host.here(), () => readGguf(needBytes("gguf.read", bytes))),
        ),
      open: (file) =>
        placed(workspace, async () => {
          const { source, parts } = await openGguf(file);
          const { entries } = parts;
          const opened = openedTensors(workspace, { source, entries, check: layoutOf, make: weightsFrom });
          return { ...saidOf(parts), ...opened };
        }),
      write: (tensors, metadata = {}, options = {}) =>
        placed(workspace, async () => {
          const all = Object.entries(needNamed("gguf.write", tensors));
          refuseAsMetadata("gguf.write", metadata, (name, value) => name === "as" && isTypes(value));
          const typeFor = chosenTypes(options, all);
          const parts: GgufPart[] = [];
          for (const [name, tensor] of all)
            parts.push(await ggufPart(workspace, name, tensor, typeFor(name)));
          return writeGguf(parts, metadata);
        }),
    },
  };
}

function isTypes(value: unknown): boolean {
  const types: readonly unknown[] =
    typeof value === "object" && value !== null ? Object.values(value) : [value];
  return types.every((type) => plainTypes.some((one) => one === type));
}

/** Fault `tensor/option`. */
function chosenTypes(
  options: WriteOptions,
  tensors: readonly (readonly [string, unknown])[],
): (name: string) => PlainType | undefined {
  checkOptions("gguf.write", options, ["as"]);
  const { as = {} } = options;
  const wrong = typeof as === "object" ? Object.entries(as) : [["", as] as const];
  for (const [name, type] of wrong)
    if (!plainTypes.includes(type) || (name !== "" && tensors.every(([own]) => own !== name)))
      throw new Fault("tensor/option", `as: ${JSON.stringify({ [name]: type })} names no tensor and type`, {
        hint: `types are ${plainTypes.join(", ")}: as: "F32" of all, as: { name: "F32" } of one`,
      });
  return (name) => (typeof as === "string" ? as : Object.hasOwn(as, name) ? as[name] : undefined);
}

function saidOf({ metadata, entries }: GgufParts): Omit<GgufFile, "tensor"> {
  const tensors = Array.from(entries, ([name, { format, shape, begin, end }]): [string, GgufTensor] => [
    name,
    { type: format.name, shape, bytes: end - begin },
  ]);
  const values = Array.from(metadata, ([name, { value }]) => [name, value] as const);
  const said = { ...Object.fromEntries(values), [valueTypes]: metadata };
  return { metadata: said, tensors: Object.fromEntries(tensors) };
}

function fileOf(workspace: Workspace, given: Uint8Array, parts: GgufParts): GgufFile {
  const bytes = needBytes("gguf.read", given);
  const kept = new Map<GgufEntry, Planes<Tensor>>();
  return {
    ...saidOf(parts),
    tensor: (name) =>
      withSpan(workspace.host.here(), () => {
        const entry = entryOf(parts.entries, name);
        // Made once, and again where the cell that made them ran again.
        const before = kept.get(entry);
        const planes =
          before?.codes.disposed === false
            ? before
            : planesOf(workspace, entry, bytes.subarray(entry.begin, entry.end));
        kept.set(entry, planes);
        return tensorOf(workspace, entry, planes);
      }),
  };
}

function weightsFrom(entry: GgufEntry, bytes: Uint8Array): Expr {
  const { planes, numbers } = layoutOf(entry);
  return numbers(planes(bytes, entry.shape), entry.shape);
}

function planesOf(workspace: Workspace, entry: GgufEntry, bytes: Uint8Array): Planes<Tensor> {
  const { planes } = layoutOf(entry);
  return namedTensors(workspace, () => ({ ...planes(bytes, entry.shape) }) as Record<keyof Planes, Expr>);
}

/** The numbers of planes. */
function tensorOf(workspace: Workspace, entry: GgufEntry, planes: Planes<Tensor>): Tensor {
  return Tensor.make(workspace, () => layoutOf(entry).numbers(exprsOf(planes), entry.shape));
}

function exprsOf({ codes, ...others }: Planes<Tensor>): Planes {
  const exprs = Object.entries(others).flatMap(([name, plane]) =>
    plane === undefined ? [] : [[name, Tensor.expr(plane)] as const],
  );
  return { codes: Tensor.expr(codes), ...Object.fromEntries(exprs) };
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
