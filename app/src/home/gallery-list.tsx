import { type ReactNode } from "react";
import { gallery } from "virtual:gallery";
import { hashOf } from "../session/route.ts";

export function GalleryList(): ReactNode {
  return (
    <section>
      <h2>Gallery</h2>
      <ul className="home-list">
        {gallery.map(({ name, title, summary }) => (
          <li key={name}>
            <a href={hashOf({ kind: "gallery", name })}>
              <span className="home-title">{title}</span>
              {summary !== "" && <span className="home-summary">{summary}</span>}
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}
