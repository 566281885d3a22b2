import type { FaultData } from "@tilebook/base";
import { type NameUse, tileGlobals } from "@tilebook/lang";
import { nearest } from "./nearest.ts";

/** `label` says which cell in a sentence: `cell 3`, `cell "load"`. */

export function definedTwice(define: NameUse, label: string): FaultData {
  return {
    code: "name/duplicate",
    message: `${define.name} is also defined in ${label}`,
    span: define.span,
    hint: `rename one of the two, or put this one in braces { } to keep it inside of its cell`,
  };
}

/** `uses`: the names read on the way around, from the cell's own use on. */
export function circle(uses: readonly NameUse[]): FaultData {
  const names = uses.map(({ name }) => name);
  const span = uses[0]?.span;
  return {
    code: "name/cycle",
    message: `this cell waits for itself: ${[names.at(-1), ...names].join(" needs ")}`,
    hint: "cells must not need each other in a circle; move one of these names to a cell of its own",
    ...(span === undefined ? {} : { span }),
  };
}

export function missing(
  use: NameUse,
  near: { readonly name: string; readonly label: string } | undefined,
  brokenLabel: string | undefined,
): FaultData {
  const define = `define it in a cell, for example: const ${use.name} = 1`;
  const broken = brokenLabel === undefined ? define : `${brokenLabel} has a syntax error and may define it`;
  return {
    code: "name/missing",
    message: `${use.name} is not defined in this notebook`,
    span: use.span,
    hint:
      near === undefined ? (foreign(use.name) ?? broken) : `did you mean ${near.name}, from ${near.label}?`,
  };
}

/** What other notebooks and pages have by these names, and what stands for it here. */
function foreign(name: string): string | undefined {
  if (["print", "printf"].includes(name))
    return 'show a value by display(value), a text by console.log("text")';
  if (["document", "window", "parent", "top", "alert"].includes(name))
    return "cells have no page: give back a value, or use display(), table(), plot(), imageGrid()";
  if (["fetch", "XMLHttpRequest", "WebSocket", "EventSource", "importScripts", "require"].includes(name))
    return 'cells have no network; files that ship with Tilebook come by asset("name"), yours and those of an address by fileInput("label")';
  if (["localStorage", "sessionStorage", "indexedDB", "caches"].includes(name))
    return "cells have no storage: what a cell defines is kept for the other cells";
  if (["np", "numpy", "torch", "jnp", "jax", "tf", "F", "mx"].includes(name))
    return `${name}'s functions stand alone here, or are methods: tensor.zeros([3]), random.normal([3]), x.sum(0), matmul(a, b), grad(f)`;
  if (["True", "False", "None", "self"].includes(name)) return "write true, false, undefined";
  if (["plt", "pyplot", "sns", "d3"].includes(name))
    return "write plot({ marks: [mark.line(await y.data())] }), or image(x) for a picture";
  if (["math", "len", "range", "pd", "pandas"].includes(name))
    return (
      {
        math: "JavaScript has Math.sqrt(x), Math.PI",
        len: "of a list list.length, of a tensor x.shape[0]",
        range: "for (let i = 0; i < n; i++), or tensor.arange(n)",
      }[name] ?? "rows are lists of objects: table([{ a: 1, b: 2 }])"
    );
  if (["tl", "triton"].includes(name))
    return "the words of the tile language stand alone: write programId(0), not tl.program_id(0)";
  const word = nearest(name, tileGlobals);
  return word === undefined ? undefined : `did you mean ${word}, of the tile language?`;
}

/** A name comes from a cell that has no value to give. The first fault of the chain is kept as the cause. */
export function waiting(use: NameUse, label: string, upstream: FaultData | undefined): FaultData {
  const root = upstream?.code === "name/upstream" ? upstream.cause : upstream;
  return {
    code: "name/upstream",
    message: `waiting for ${use.name}: ${label} ${upstream?.code === "name/upstream" ? "is waiting too" : "has a fault"}`,
    span: use.span,
    hint: `mend ${label} and this cell follows`,
    ...(root === undefined ? {} : { cause: root }),
  };
}
