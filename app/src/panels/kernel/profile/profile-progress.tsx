import { type ReactNode } from "react";
import { stopProfile, useProfiles } from "./profiles.ts";

/** What is being measured, with a way to stop it; or why nothing came of it. */
export function ProfileProgress({ cell }: { readonly cell: string }): ReactNode {
  const now = useProfiles((state) => state.now);
  const fault = useProfiles((state) => (state.fault?.cell === cell ? state.fault.fault : undefined));
  if (now !== undefined)
    return (
      <div className="under-way profile-progress" role="status" aria-busy>
        <span>{now.what}</span>
        <progress max={1} {...(now.part === undefined ? {} : { value: now.part })} />
        <button type="button" className="button" onClick={stopProfile}>
          Stop measuring
        </button>
      </div>
    );
  if (fault === undefined) return null;
  return (
    <p className="profile-fault" role="status">
      {fault.message}
      {fault.hint !== undefined && <span className="profile-note"> {fault.hint}</span>}
    </p>
  );
}
