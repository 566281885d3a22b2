import { type ReactNode, useState } from "react";
import { encode } from "uqr";
import { changePolicy } from "../../room/room.ts";
import type { PolicyView } from "../../room/room-state.ts";

interface Props {
  readonly link: string;
  readonly words: string;
  readonly policy: PolicyView;
}

/** How others come in: the link as a code and as text, and who is let in. */
export function Invitation({ link, words, policy }: Props): ReactNode {
  const [copied, setCopied] = useState(false);
  const copy = () => {
    navigator.clipboard.writeText(link).then(
      () => setCopied(true),
      () => setCopied(false),
    );
  };
  return (
    <section>
      <div className="room-invitation">
        <Code text={link} />
        <div>
          <p>Scan the code, or open the link on another device.</p>
          <p className="room-words">
            It will show these words: <b>{words}</b>
          </p>
          <button type="button" className="button" data-kind="main" onClick={copy}>
            {copied ? "Copied" : "Copy link"}
          </button>
        </div>
      </div>
      <input
        className="room-link"
        readOnly
        value={link}
        aria-label="Link to join"
        onFocus={(event) => event.target.select()}
      />
      <div className="room-policy">
        <label>
          <input
            type="checkbox"
            checked={policy.autoAdmit}
            onChange={(event) => changePolicy({ autoAdmit: event.target.checked })}
          />
          Let everybody in who has the link
        </label>
        <label>
          <input
            type="checkbox"
            checked={policy.locked}
            onChange={(event) => changePolicy({ locked: event.target.checked })}
          />
          Lock the room: nobody new
        </label>
        <label>
          At most
          <input
            type="number"
            min={1}
            max={300}
            value={policy.cap}
            onChange={(event) => {
              const cap = event.target.valueAsNumber;
              if (cap >= 1 && cap <= 300) changePolicy({ cap: Math.floor(cap) });
            }}
          />
          guests
        </label>
      </div>
    </section>
  );
}

/** The text as a QR code. Dark on white in every theme, or phones do not read it. */
function Code({ text }: { readonly text: string }): ReactNode {
  const { data, size } = encode(text, { ecc: "L", border: 2 });
  const dark = data.flatMap((row, y) => row.flatMap((on, x) => (on ? [`M${x} ${y}h1v1h-1z`] : [])));
  return (
    <svg className="room-code" viewBox={`0 0 ${size} ${size}`} role="img" aria-label="The link as a QR code">
      <rect width={size} height={size} fill="#fff" />
      <path d={dark.join("")} fill="#000" shapeRendering="crispEdges" />
    </svg>
  );
}
