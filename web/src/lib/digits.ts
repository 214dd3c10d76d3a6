// The digits of the scripts of the region: people write dates and ages with their own.

const zeros = ['๐', '໐', '၀', '០'].map((zero) => zero.codePointAt(0) ?? 0);

/** The text with the digits of every script of the region as European ones, and without blanks around it. */
export function europeanDigits(text: string): string {
  return [...text.trim()].map((character) => {
    const point = character.codePointAt(0) ?? 0;
    const zero = zeros.find((first) => point >= first && point < first + 10);
    return zero === undefined ? character : String(point - zero);
  }).join('');
}
