import type { ReactNode } from "react";
import { sentence } from "./status.ts";
import { useJoin } from "./store.ts";

/** Without a link, or with a broken one, there is nobody to compute for. */
export function NoLink(): ReactNode {
  const opened = useJoin((state) => state.opened);
  const fault = opened.kind === "wrong" ? opened.fault : undefined;
  return (
    <>
      <h1>{fault === undefined ? "Open the link of a room" : "This link does not work"}</h1>
      <p className="join-lead" role={fault && "alert"}>
        {fault === undefined
          ? "A notebook's room has a link for devices that compute for it. Scan its code, or paste the link into the address bar."
          : `${sentence(fault.message)} ${sentence(fault.hint ?? "ask for the link again")}`}
      </p>
      <p>
        <a href="./">Go to Tilebook</a>
      </p>
    </>
  );
}
