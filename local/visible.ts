// C0, DEL, C1, the marks that reorder text, and halves of surrogate pairs.
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]|\p{Surrogate}/gu;

/** Text of others, made safe for a terminal: what would move the cursor, change colours or reorder the line is shown as an escape. */
export function visible(text: string): string {
  return text.replace(UNSAFE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
