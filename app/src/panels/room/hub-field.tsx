import { type ReactNode, useState } from "react";
import { isHiding, keepHiding, keepHubCode, keptHubCode } from "../../room/kept-hub.ts";

interface Props {
  /** What stands there is no code. */
  readonly isWrong: boolean;
  readonly onWrong: (isWrong: boolean) => void;
}

/** Where devices of one network meet that cannot ask the site: the code of a hub, which goes into the link. */
export function HubField({ isWrong, onWrong }: Props): ReactNode {
  const [code, setCode] = useState(keptHubCode);
  const [hides, setHides] = useState(isHiding);
  // What its person opens or closes later stays so.
  const [isOpen] = useState(code !== "" || hides);
  return (
    <details className="room-hub" open={isOpen}>
      <summary>Ways to meet</summary>
      <label>
        Code of a hub in this network
        <input
          value={code}
          placeholder="what npx tilebook hub prints"
          spellCheck={false}
          autoComplete="off"
          aria-invalid={isWrong}
          onChange={(event) => {
            setCode(event.target.value);
            onWrong(!keepHubCode(event.target.value));
          }}
        />
      </label>
      <p role={isWrong ? "alert" : undefined}>
        {isWrong
          ? "This is no code of a hub."
          : "Devices then find each other there, without the Internet. The browser may ask whether this site may reach devices of your network."}
      </p>
      <label>
        <input
          type="checkbox"
          checked={hides}
          onChange={(event) => {
            setHides(event.target.checked);
            keepHiding(event.target.checked);
          }}
        />
        Hide this device’s network address from guests: everything goes by the hub
      </label>
    </details>
  );
}
