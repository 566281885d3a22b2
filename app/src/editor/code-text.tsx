import { memo, type ReactNode } from "react";
import { type Language, tokenLines } from "./highlight.ts";
import "./code-text.css";

interface Props {
  readonly text: string;
  readonly language: Language;
}

/** Highlighted text that nobody edits here. Each line is a block, so that empty lines keep their height. */
export const CodeText: (props: Props) => ReactNode = memo(function CodeText({ text, language }: Props) {
  return (
    <code className="code-text">
      {tokenLines(text, language).map((line, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- a line is its place
        <span className="code-line" key={index}>
          {line.map((token, at) =>
            token.kind === "plain" ? (
              token.text
            ) : (
              // oxlint-disable-next-line react/no-array-index-key -- a token is its place
              <span className={`token-${token.kind}`} key={at}>
                {token.text}
              </span>
            ),
          )}
          {"\n"}
        </span>
      ))}
    </code>
  );
});
