/*
 * GGUF files by the text of the format's page (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md). Nothing is checked here, so
 * that files can lie.
 */

/** A value as it lies in a file: the number of its type, and its bytes. */
export interface FileValue {
  readonly type: number;
  readonly bytes: readonly number[];
}

export interface FileTensor {
  readonly name: string;
  /** The number of its type. */
  readonly type: number;
  /** The innermost axis first. */
  readonly sizes: readonly number[];
  readonly data: ArrayLike<number>;
  /** Where the file says it lies. Default: where it does. */
  readonly offset?: number;
}

export interface FileParts {
  readonly version?: number;
  readonly values?: Readonly<Record<string, FileValue>>;
  readonly tensors?: readonly FileTensor[];
  readonly alignment?: number;
  /** How many there are, where the file lies about it. */
  readonly counts?: { readonly tensors?: number; readonly values?: number };
}

export function ggufFile({
  version = 3,
  values = {},
  tensors = [],
  alignment = 32,
  counts = {},
}: FileParts): Uint8Array {
  const said = Object.entries(values);
  const data: number[] = [];
  const infos = tensors.flatMap(({ name, type, sizes, data: own, offset = data.length }) => {
    for (let at = 0; at < own.length; at++) data.push(own[at] ?? 0);
    data.push(...padding(data.length, alignment));
    return [...text(name), ...u32(sizes.length), ...sizes.flatMap(u64), ...u32(type), ...u64(offset)];
  });
  const header = [
    ...new TextEncoder().encode("GGUF"),
    ...u32(version),
    ...u64(counts.tensors ?? tensors.length),
    ...u64(counts.values ?? said.length),
    ...said.flatMap(([name, { type, bytes }]) => [...text(name), ...u32(type), ...bytes]),
    ...infos,
  ];
  return Uint8Array.from([...header, ...padding(header.length, alignment), ...data]);
}

export function u32(value: number): number[] {
  return [...new Uint8Array(Uint32Array.of(value).buffer)];
}

export function u64(value: number | bigint): number[] {
  return [...new Uint8Array(BigUint64Array.of(BigInt(value)).buffer)];
}

export function f32(...values: readonly number[]): number[] {
  return [...new Uint8Array(Float32Array.from(values).buffer)];
}

/** A text as names are written: its length, then UTF-8. */
export function text(value: string): number[] {
  const bytes = new TextEncoder().encode(value);
  return [...u64(bytes.length), ...bytes];
}

export function textValue(value: string): FileValue {
  return { type: 8, bytes: text(value) };
}

/** A list of elements of one type. `count`: what it says, where it lies. */
export function listValue(type: number, elements: readonly (readonly number[])[], count?: number): FileValue {
  return { type: 9, bytes: [...u32(type), ...u64(count ?? elements.length), ...elements.flat()] };
}

function padding(length: number, alignment: number): number[] {
  return Array.from({ length: (alignment - (length % alignment)) % alignment }, () => 0);
}
