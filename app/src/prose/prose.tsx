import { memo, type ReactNode, useEffect, useRef, useState } from "react";
import { followAnchor } from "./follow-anchor.ts";
import "./prose.css";

interface Props {
  readonly text: string;
}

/** Markdown, set as a page. The renderer is loaded with the first text; until then the source is shown. */
export const Prose: (props: Props) => ReactNode = memo(function Prose({ text }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const [ready, setReady] = useState(false);
  useEffect(() => {
    let wanted = true;
    const show = async () => {
      const { renderMarkdown } = await import("./render.ts");
      const nodes = await renderMarkdown(text);
      if (!wanted) return;
      place.current?.replaceChildren(nodes);
      setReady(true);
    };
    show().catch(() => wanted && setReady(false));
    return () => {
      wanted = false;
    };
  }, [text]);
  return (
    // Links are reached by keyboard themselves: this only hears of their clicks.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-static-element-interactions -- as above
    <div className="prose" onClick={followAnchor}>
      {!ready && <div className="prose-source">{text}</div>}
      <div ref={place} />
    </div>
  );
});
