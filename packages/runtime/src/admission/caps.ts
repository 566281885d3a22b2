import { Fault } from "@tilebook/base";
import type { Calls } from "./calls.ts";
import { PrivateMemory } from "./memory.ts";
import type { Reader } from "./reader.ts";
import type { RawBinding } from "./reflect.ts";
import { Sizes } from "./sizes.ts";
import { type FunctionDeclaration, type Module, textAt } from "./tree.ts";
import type { Uses } from "./uses.ts";

/** What a raw kernel may take. Figures and their reasons: reference/security.md 3.4. */
export interface AdmissionLimits {
  readonly sourceLength: number;
  /** Statements when every call is written out. */
  readonly statements: number;
  readonly privateBytes: number;
  readonly workgroupBytes: number;
  readonly threads: number;
  readonly bindings: number;
}

export const defaultLimits: AdmissionLimits = {
  sourceLength: 65536,
  statements: 2000,
  privateBytes: 8192,
  workgroupBytes: 16384,
  threads: 256,
  bindings: 8,
};

export interface Candidate {
  readonly module: Module;
  readonly reader: Reader;
  readonly calls: Calls;
  readonly entry: string;
  readonly declaration: FunctionDeclaration;
  readonly workgroupSize: readonly [number, number, number];
  readonly bindings: readonly RawBinding[];
  readonly uses: Uses;
  readonly limits: AdmissionLimits;
}

interface Cap {
  readonly id: string;
  readonly code: string;
  readonly what: string;
  readonly hint: string;
  readonly measure: (candidate: Candidate) => number;
  readonly most: (limits: AdmissionLimits) => number;
}

const caps: readonly Cap[] = [
  {
    id: "R1",
    code: "admission/too-large",
    what: "statements, with every call written out",
    hint: "call fewer functions from functions; the compiler copies each of them at each call",
    measure: ({ calls, entry }) => calls.reach(entry).statements,
    most: (limits) => limits.statements,
  },
  {
    id: "R2",
    code: "admission/memory",
    what: "bytes of private and function variables",
    hint: "use smaller arrays, or keep the data in workgroup memory or a storage buffer",
    measure: privateBytes,
    most: (limits) => limits.privateBytes,
  },
  {
    id: "R3",
    code: "admission/memory",
    what: "bytes of workgroup memory",
    hint: "use smaller tiles",
    measure: (candidate) => variableBytes(candidate, "workgroup"),
    most: (limits) => limits.workgroupBytes,
  },
  {
    id: "R4",
    code: "admission/workgroup",
    what: "threads in a workgroup",
    hint: "use a smaller workgroup and a larger grid",
    measure: ({ workgroupSize: [x, y, z] }) => x * y * z,
    most: (limits) => limits.threads,
  },
  {
    id: "R5",
    code: "admission/bindings",
    what: "buffers",
    hint: "put several arrays into one buffer",
    measure: ({ bindings }) => bindings.length,
    most: (limits) => limits.bindings,
  },
];

/** Throws the Fault of the first cap that the kernel is above. */
export function checkCaps(candidate: Candidate): void {
  const { module, reader } = candidate;
  checkEnables(candidate);
  for (const name of module.functions.keys()) candidate.calls.reach(name);
  for (const cap of caps) {
    const measured = cap.measure(candidate);
    const most = cap.most(candidate.limits);
    if (measured <= most) continue;
    throw new Fault(cap.code, `this kernel has ${measured} ${cap.what}; at most ${most} are allowed`, {
      span: reader.span(candidate.declaration.name),
      hint: cap.hint,
    });
  }
}

function checkEnables({ module, reader }: Candidate): void {
  const unknown = module.enables.find((name) => name !== "f16" && name !== "subgroups");
  if (unknown === undefined) return;
  throw new Fault("admission/unsupported", `a raw kernel cannot enable ${unknown}`, {
    span: reader.span(module.tokens.findIndex((token) => token.text === unknown)),
    hint: "f16 and subgroups can be enabled",
  });
}

function privateBytes(candidate: Candidate): number {
  const { module, reader, calls, entry } = candidate;
  const sizes = new Sizes(module, reader);
  const memory = new PrivateMemory({ module, reader, sizes, calls });
  memory.checkConstants();
  return variableBytes(candidate, "private") + memory.of(entry);
}

function variableBytes({ module, reader, uses }: Candidate, space: string): number {
  const sizes = new Sizes(module, reader);
  let bytes = 0;
  for (const variable of module.variables) {
    if (variable.space !== space || !uses.has(textAt(module, variable.name))) continue;
    if (variable.type === undefined) throw untyped(reader, variable.name);
    bytes += sizes.of(variable.type).bytes;
  }
  return bytes;
}

function untyped(reader: Reader, name: number): Fault {
  return new Fault("admission/unsupported", "this variable needs a type", {
    span: reader.span(name),
    hint: "write its type after a colon",
  });
}
