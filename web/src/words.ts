/** Words that the server gives an island, as `data-` attributes. */
export type Words = Record<string, string | undefined>;

/** Something that can be typed in place of a part of a text. */
export interface Offer {
  start: number;
  end: number;
  text: string;
  doc: string;
}
