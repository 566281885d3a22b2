import { Fault } from "@tilebook/base";
import { broken } from "../files/elements.ts";
import { type ByteSource, readHeader, sourceOf } from "../files/source.ts";
import { type GgufEntry, type GgufParts, readGguf } from "./gguf.ts";

/** Vocabularies of 250,000 tokens, with their merges, have 16 MB. */
const mostHeader = 2 ** 27;
/** GGUF counts them in 16 bits. */
const mostFiles = 2 ** 16 - 1;
/** Between two files, so that their tensors are never read together. */
const apart = 2 ** 20;

interface Opened {
  readonly source: ByteSource;
  readonly parts: GgufParts;
}

/** A file, or all files that a model was split into, in any order: as one. Faults of `readGguf`, and `file/parts`. */
export async function openGguf(given: unknown): Promise<Opened> {
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  const all = await Promise.all(
    list.map(async (one): Promise<Opened> => {
      const source = sourceOf("gguf.open", one);
      return { source, parts: await readHeader(source, mostHeader, readGguf) };
    }),
  );
  const files = inOrder(all);
  const [first] = files;
  return files.length === 1 && first !== undefined ? first : joined(files);
}

function said({ parts }: Opened, name: string): number | undefined {
  const value = parts.metadata.get(`split.${name}`)?.value;
  return typeof value === "number" ? value : undefined;
}

/** By the place that each file says it has. */
function inOrder(files: readonly Opened[]): readonly Opened[] {
  const [one] = files;
  if (one === undefined) throw badParts("there is no file");
  const count = said(one, "count") ?? 1;
  if (files.length === 1 && count === 1) return files;
  if (!(Number.isInteger(count) && count >= 1 && count <= mostFiles))
    throw broken(`it is one of ${count} files`);
  const places = files.map((file) => {
    if ((said(file, "count") ?? 1) !== count)
      throw badParts(
        `a file is one of ${said(file, "count") ?? 1}, another one of ${count}: they are of two models`,
      );
    return said(file, "no") ?? 0;
  });
  const twice = places.find((place, at) => places.indexOf(place) !== at);
  if (twice !== undefined) throw badParts(`file ${twice + 1} of ${count} is given twice`);
  const missing = Array.from({ length: count }, (_, at) => at).filter((at) => !places.includes(at));
  if (missing.length > 0)
    throw badParts(
      `of ${count} files ${missing.map((at) => at + 1).join(", ")} ${missing.length === 1 ? "is" : "are"} missing`,
    );
  if (files.length > count) throw badParts(`there are ${files.length} files, of a model of ${count}`);
  return files.toSorted((a, b) => (said(a, "no") ?? 0) - (said(b, "no") ?? 0));
}

/** Tensors of all files, as if these lay one behind the other; the first has the values. */
function joined(files: readonly Opened[]): Opened {
  const entries = new Map<string, GgufEntry>();
  const starts: number[] = [];
  let size = 0;
  for (const { source, parts } of files) {
    starts.push(size);
    for (const [name, entry] of parts.entries) {
      if (entries.has(name))
        throw badParts(
          `tensor ${JSON.stringify(name.slice(0, 100))} is in two files: they are of two models`,
        );
      entries.set(name, { ...entry, begin: entry.begin + size, end: entry.end + size });
    }
    size += source.size + apart;
  }
  for (const file of files) {
    const wanted = said(file, "tensors.count") ?? entries.size;
    if (wanted !== entries.size)
      throw badParts(
        `a file is of a model of ${wanted} tensors, and the files have ${entries.size}: they are of two models`,
      );
  }
  const values = [...(files[0]?.parts.metadata ?? [])].filter(([name]) => !name.startsWith("split."));
  const slice: ByteSource["slice"] = (from, to, within) => {
    const at = starts.findLastIndex((start) => start <= from);
    const [start, file] = [starts[at] ?? 0, files[at]];
    if (file === undefined) throw broken(`there are no bytes from ${from} on`);
    return file.source.slice(from - start, to - start, within);
  };
  return { source: { size, slice }, parts: { metadata: new Map(values), entries } };
}

function badParts(message: string): Fault {
  return new Fault("file/parts", message, {
    hint: "open all files of one model, ...-00001-of-0000N.gguf: await gguf.open([first, second])",
  });
}
