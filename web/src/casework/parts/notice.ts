// A word to the reader from the page that was left to the one that comes: that something was done.

let left: (() => string) | null = null;

/** Leaves a notice, given as a function that writes it in the language of the moment. */
export function leaveNotice(text: () => string): void {
  left = text;
}

/** Takes the notice that was left, once; null where there is none. */
export function takeNotice(): (() => string) | null {
  const notice = left;
  left = null;
  return notice;
}
