import { kernelTypes, type TypeHint } from "@tilebook/lang";
import { kernelCheckAt } from "./kernel-checks.ts";
import type { Monaco } from "./monaco.ts";
import { tellsMore } from "./tells-more.ts";

/** Shows, behind the names that a kernel declares, what tiles they are: `const row: i32[64, 1]`. */
export function showKernelHints(monaco: Monaco): void {
  monaco.languages.registerInlayHintsProvider("typescript", {
    provideInlayHints: (model, range) => {
      const hints = hintsFor(model.uri.toString()).flatMap(({ span, type }) => {
        const position = model.getPositionAt(span.end);
        if (!range.containsPosition(position)) return [];
        return [{ label: `: ${type}`, position, kind: monaco.languages.InlayHintKind.Type }];
      });
      return { hints, dispose: () => undefined };
    },
  });
}

function hintsFor(path: string): TypeHint[] {
  const check = kernelCheckAt(path);
  return check === undefined ? [] : kernelTypes(check).filter((hint) => tellsMore(hint, check.text));
}
