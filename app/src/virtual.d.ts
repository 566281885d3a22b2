/** Made by app/build/gallery-plugin.ts from public/notebooks. */
declare module "virtual:gallery" {
  export interface GalleryEntry {
    /** Of the file, without `.nb.md`. */
    readonly name: string;
    readonly title: string;
    /** Heading under which it stands. Entries of one section follow each other. */
    readonly section: string;
    /** Its first paragraph, as plain text. */
    readonly summary: string;
    /** The paper of the list that it brings: `seed` of its front matter. */
    readonly paper?: number;
    /** SHA-256 of the file, as hex digits. */
    readonly hash: string;
  }
  export const gallery: readonly GalleryEntry[];
  /** Files in public/notebooks/data that cells may ask for. */
  export const assets: readonly string[];
}
