import { Fault } from "@tilebook/base";
import type { Expr } from "../expr.ts";
import { checkOptions, refuseAsMetadata } from "../options.ts";
import { sayGiven, sayKind } from "../output/say.ts";
import { type CodeLayout, codeLayouts, layoutParts } from "../quant/to-layouts.ts";
import { namedTensors } from "../several.ts";
import { Tensor } from "../tensor.ts";
import { leavesOf } from "../tree.ts";
import type { Workspace } from "../workspace.ts";
import type { Shape } from "../shape.ts";
import { fileDTypeOf, fromFile, toFile } from "./elements.ts";
import { readNpy, writeNpy } from "./npy.ts";
import { openedTensors, type OpenedTensors, placed } from "./opened.ts";
import {
  type FileTensor,
  mostHeader,
  readSafetensors,
  type SafetensorsEntry,
  writeSafetensors,
} from "./safetensors.ts";
import { emptyFile, readHeader, sourceOf } from "./source.ts";

/** A file whose header was read: what it says, and its tensors once they are asked for. */
export interface OpenedSafetensors extends OpenedTensors {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: Readonly<
    Record<string, { readonly dtype: string; readonly shape: Shape; readonly bytes: number }>
  >;
}

/** Files of tensors, as cells see them: bytes in, bytes out. */
export interface FileFunctions {
  readonly npy: {
    readonly read: (bytes: Uint8Array) => Tensor;
    readonly write: (tensor: Tensor) => Promise<Uint8Array>;
  };
  readonly safetensors: {
    readonly read: (bytes: Uint8Array) => Readonly<Record<string, Tensor>>;
    readonly open: (file: unknown) => Promise<OpenedSafetensors>;
    readonly write: (
      tensors: Readonly<Record<string, Tensor>>,
      metadata?: Readonly<Record<string, string>>,
      options?: { readonly codes?: CodeLayout },
    ) => Promise<Uint8Array>;
  };
}

export function fileFunctions(workspace: Workspace): FileFunctions {
  return {
    npy: {
      read: (bytes) => Tensor.make(workspace, () => readNpy(needBytes("npy.read", bytes))),
      write: async (tensor) => writeNpy(await fileTensor("", tensor)),
    },
    safetensors: {
      read: (bytes) => {
        return namedTensors(workspace, () => {
          const all = needBytes("safetensors.read", bytes);
          const { entries } = readSafetensors(all);
          const exprs = Array.from(entries, ([name, entry]) => [
            name,
            numbersFrom(entry, all.subarray(entry.begin, entry.end)),
          ]);
          return Object.fromEntries(exprs) as Record<string, Expr>;
        });
      },
      open: (file) => placed(workspace, () => openSafetensors(workspace, file)),
      write: (tensors, metadata, options = {}) =>
        placed(workspace, async () => {
          const all = Object.entries(needNamed("safetensors.write", tensors));
          refuseAsMetadata(
            "safetensors.write",
            metadata,
            (name, value) => name === "codes" && codeLayouts.includes(value as CodeLayout),
          );
          needTexts(metadata);
          const layout = layoutIn(options);
          const isLaid = (tensor: Tensor): boolean =>
            layout !== undefined && Tensor.expr(tensor).kept !== undefined;
          const plain = all.filter(([, tensor]) => !isLaid(tensor));
          await workspace.realize(plain.map(([, tensor]) => Tensor.expr(tensor)));
          const parts = all.map(async ([name, tensor]) =>
            layout !== undefined && isLaid(tensor)
              ? layoutParts(workspace, name, { expr: Tensor.expr(tensor), layout })
              : [await fileTensor(name, tensor)],
          );
          return writeSafetensors((await Promise.all(parts)).flat(), metadata);
        }),
    },
  };
}

/** Fault `tensor/option`. */
function layoutIn(options: { readonly codes?: CodeLayout }): CodeLayout | undefined {
  checkOptions("safetensors.write", options, ["codes"]);
  const { codes } = options;
  if (codes === undefined || codeLayouts.includes(codes)) return codes;
  throw new Fault("tensor/option", `there is no layout ${JSON.stringify(codes)} of codes`, {
    hint: `codes: ${codeLayouts.map((one) => JSON.stringify(one)).join(" or ")}`,
  });
}

/** Fault `file/value`. */
function needTexts(metadata: unknown): void {
  if (metadata === undefined || metadata === null) return;
  const isNamed = typeof metadata === "object" && !Array.isArray(metadata);
  const wrong = isNamed ? Object.entries(metadata).find(([, value]) => typeof value !== "string") : undefined;
  if (isNamed && wrong === undefined) return;
  const what = wrong === undefined ? "the metadata" : `metadata ${JSON.stringify(wrong[0])}`;
  throw new Fault(
    "file/value",
    `${what} is ${sayKind(wrong?.[1] ?? (isNamed ? null : metadata))}, and safetensors has texts by name`,
    {
      hint: 'for example { "format": "pt", "epoch": "3" }',
    },
  );
}

async function openSafetensors(workspace: Workspace, file: unknown): Promise<OpenedSafetensors> {
  const source = sourceOf("safetensors.open", file);
  const { metadata, entries } = await readHeader(source, mostHeader + 8, readSafetensors);
  const tensors = Array.from(entries.values(), ({ name, dtype, shape, begin, end }) => [
    name,
    { dtype, shape, bytes: end - begin },
  ]);
  return {
    metadata,
    tensors: Object.fromEntries(tensors) as OpenedSafetensors["tensors"],
    ...openedTensors(workspace, { source, entries, make: numbersFrom }),
  };
}

function numbersFrom(entry: SafetensorsEntry, bytes: Uint8Array): Expr {
  return fromFile(bytes, entry);
}

async function fileTensor(name: string, tensor: Tensor): Promise<FileTensor> {
  const { shape } = Tensor.expr(tensor);
  const dtype = fileDTypeOf(tensor.dtype);
  return { name, dtype, shape, bytes: toFile(await tensor.data(), dtype) };
}

/** Fault `tensor/argument`. */
export function needNamed(what: string, tensors: unknown): Readonly<Record<string, Tensor>> {
  const nested =
    typeof tensors === "object" && tensors !== null
      ? Object.entries(tensors).find(([, value]) => !(value instanceof Tensor) && leavesOf(value).length > 0)
      : undefined;
  if (nested !== undefined) {
    throw new Fault("tensor/argument", `"${nested[0]}" is a tree, and a file has tensors by one name each`, {
      hint: `give them names in a row: { "${nested[0]}.w": params.${nested[0]}.w }`,
    });
  }
  if (typeof tensors === "object" && tensors !== null && !(tensors instanceof Tensor))
    return tensors as Readonly<Record<string, Tensor>>;
  throw new Fault("tensor/argument", `${what} takes tensors by name`, {
    hint: `for example await ${what}({ weights, bias })`,
  });
}

/** All bytes of a file, for `what`. Faults `file/bytes`, `file/broken`. */
export function needBytes(what: string, bytes: unknown): Uint8Array {
  const all = bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : bytes;
  if (!(all instanceof Uint8Array)) {
    const hint =
      typeof bytes === "string"
        ? `a name is no file: ${what}((await asset(${sayGiven(bytes)})).bytes)`
        : `${what}(file.bytes), once there is a file; one of any size is opened, and not read as a whole`;
    throw new Fault("file/bytes", `a file is read from its bytes, not from ${sayKind(bytes)}`, { hint });
  }
  if (all.byteLength === 0) throw emptyFile();
  return all;
}
