import { kernelHover } from "@tilebook/lang";
import { rangeOf } from "./fault-markers.ts";
import { kernelCheckAt } from "./kernel-checks.ts";
import type { Monaco } from "./monaco.ts";

/** Tells what a name or a call in a kernel is: type, mask, uniform or not, range; of tile functions how they are called. */
export function showKernelHovers(monaco: Monaco): void {
  monaco.languages.registerHoverProvider("typescript", {
    provideHover: (model, position) => {
      const check = kernelCheckAt(model.uri.toString());
      if (check === undefined || check.text !== model.getValue()) return null;
      const hover = kernelHover(check, model.getOffsetAt(position));
      if (hover === undefined) return null;
      const code = `\`\`\`typescript\n${hover.code.join("\n")}\n\`\`\``;
      return {
        range: rangeOf(model, hover.span),
        contents: [{ value: code }, ...hover.says.map((value) => ({ value }))],
      };
    },
  });
}
