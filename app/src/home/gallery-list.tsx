import { type ReactNode } from "react";
import { gallery } from "virtual:gallery";
import { hashOf } from "../session/route.ts";

/** What ships with Tilebook, in the order in which it is best read. */
export function GalleryList(): ReactNode {
  const sections = [...new Set(gallery.map(({ section }) => section))];
  return sections.map((section) => (
    <section key={section}>
      <h2>{section}</h2>
      <ul className="home-list">
        {gallery
          .filter((entry) => entry.section === section)
          .map(({ name, title, summary, paper }) => (
            <li key={name}>
              <a href={hashOf({ kind: "gallery", name })}>
                <span className="home-title">
                  {title} {paper !== undefined && <span className="home-paper">paper {paper}</span>}
                </span>
                {summary !== "" && <span className="home-summary">{summary}</span>}
              </a>
            </li>
          ))}
      </ul>
    </section>
  ));
}
