import { memo, type ReactNode, useEffect, useRef, useState } from "react";
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
    <div className="prose">
      {!ready && <div className="prose-source">{text}</div>}
      <div ref={place} />
    </div>
  );
});
