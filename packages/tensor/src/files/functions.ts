import { Fault } from "@tilebook/base";
import { namedTensors } from "../several.ts";
import { Tensor } from "../tensor.ts";
import { leavesOf } from "../tree.ts";
import type { Workspace } from "../workspace.ts";
import { fileDTypeOf, toFile } from "./elements.ts";
import { readNpy, writeNpy } from "./npy.ts";
import { type FileTensor, readSafetensors, writeSafetensors } from "./safetensors.ts";

/** Files of tensors, as cells see them: bytes in, bytes out. */
export interface FileFunctions {
  readonly npy: {
    readonly read: (bytes: Uint8Array) => Tensor;
    readonly write: (tensor: Tensor) => Promise<Uint8Array>;
  };
  readonly safetensors: {
    readonly read: (bytes: Uint8Array) => Readonly<Record<string, Tensor>>;
    readonly write: (
      tensors: Readonly<Record<string, Tensor>>,
      metadata?: Readonly<Record<string, string>>,
    ) => Promise<Uint8Array>;
  };
}

export function fileFunctions(workspace: Workspace): FileFunctions {
  return {
    npy: {
      read: (bytes) => Tensor.make(workspace, () => readNpy(needBytes(bytes))),
      write: async (tensor) => writeNpy(await fileTensor("", tensor)),
    },
    safetensors: {
      read: (bytes) => {
        return namedTensors(workspace, () => Object.fromEntries(readSafetensors(needBytes(bytes))));
      },
      write: async (tensors, metadata) => {
        const all = Object.entries(needNamed(tensors));
        await workspace.realize(all.map(([, tensor]) => Tensor.expr(tensor)));
        const parts = await Promise.all(all.map(([name, tensor]) => fileTensor(name, tensor)));
        return writeSafetensors(parts, metadata);
      },
    },
  };
}

async function fileTensor(name: string, tensor: Tensor): Promise<FileTensor> {
  const { shape } = Tensor.expr(tensor);
  const dtype = fileDTypeOf(tensor.dtype);
  return { name, dtype, shape, bytes: toFile(await tensor.data(), dtype) };
}

function needNamed(tensors: unknown): Readonly<Record<string, Tensor>> {
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
  throw new Fault("tensor/argument", "safetensors.write takes tensors by name", {
    hint: "for example await safetensors.write({ weights, bias })",
  });
}

export function needBytes(bytes: unknown): Uint8Array {
  if (bytes instanceof Uint8Array) return bytes;
  if (bytes instanceof ArrayBuffer) return new Uint8Array(bytes);
  throw new Fault(
    "file/bytes",
    `a file is read from its bytes, not from ${bytes === null ? "null" : typeof bytes}`,
    {
      hint: 'safetensors.read((await asset("name")).bytes)',
    },
  );
}
