import { memo, type ReactNode } from "react";
import type { Token } from "../../../editor/highlight.ts";
import type { Change } from "../diff-lines.ts";
import { cutTokens, type Match } from "./matches.ts";

interface LineProps {
  readonly line: number;
  readonly tokens: readonly Token[];
  readonly hue: number | undefined;
  readonly marked: boolean;
  readonly matches: readonly Match[] | undefined;
  readonly current: Match | undefined;
  readonly change: Change | undefined;
}

/** Drawn again only when something about it changes: the pointer moves over hundreds of them. */
export const TextLine: (props: LineProps) => ReactNode = memo(function TextLine(props: LineProps) {
  const { line, tokens, hue, marked, matches, current, change } = props;
  return (
    <div
      className="lined-text-line"
      role="option"
      aria-selected={marked}
      data-line={line}
      data-hue={hue}
      data-marked={marked || undefined}
      data-change={change}
    >
      <span className="lined-text-number" data-number={line} />
      <code>
        {cutTokens(tokens, matches ?? []).map((token, at) => (
          // oxlint-disable-next-line react/no-array-index-key -- a token is its place
          <span
            className={token.kind === "plain" ? undefined : `token-${token.kind}`}
            data-found={token.found === undefined ? undefined : token.found === current ? "current" : "other"}
            key={at}
          >
            {token.text}
          </span>
        ))}
        {"\n"}
      </code>
    </div>
  );
});
