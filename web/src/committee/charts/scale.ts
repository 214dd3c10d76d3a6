// The arithmetic of the charts: round ends of axes, classes of a map, labels that keep out of each other's way, lines of text.

import { scaleLinear } from 'd3-scale';

/** The round number at which an axis for these values ends, and the whole numbers that are marked on it. */
export function axis(largest: number): { end: number; ticks: number[] } {
  const scale = scaleLinear().domain([0, Math.max(largest, 4)]).nice(4);
  const end = scale.domain()[1] ?? largest;
  return { end, ticks: scale.ticks(4).filter(Number.isInteger) };
}

/** A class of a map: counts from one number to another, both included. */
export interface Class {
  from: number;
  to: number;
}

/** Up to five classes of equal width with round limits, from 0 to the largest count. */
export function classes(counts: readonly number[]): Class[] {
  const largest = Math.max(0, ...counts);
  const width = roundUp(Math.max(1, (largest + 1) / 5));
  const all: Class[] = [];
  for (let from = 0; from <= largest; from += width) all.push({ from, to: from + width - 1 });
  return all;
}

function roundUp(n: number): number {
  const unit = 10 ** Math.floor(Math.log10(n));
  const step = [1, 2, 4, 5, 10].find((each) => each * unit >= n) ?? 10;
  return Math.max(1, Math.ceil(step * unit));
}

/** The class of a count, counted from 0. */
export function classOf(all: readonly Class[], count: number): number {
  return all.findIndex(({ from, to }) => count >= from && count <= to);
}

/** Moves positions apart so that each has room, in the order in which they were, as near as can be to where they were. */
export function spread(wanted: readonly { at: number; room: number }[], end: number): number[] {
  const order = wanted.map((_, index) => index).sort((a, b) => (wanted[a]?.at ?? 0) - (wanted[b]?.at ?? 0));
  const placed: number[] = wanted.map(({ at }) => at);
  let least = 0;
  for (const index of order) {
    const { at, room } = wanted[index] ?? { at: 0, room: 0 };
    placed[index] = Math.max(at, least + room / 2);
    least = (placed[index] ?? 0) + room / 2;
  }
  let most = end;
  for (const index of [...order].reverse()) {
    const room = wanted[index]?.room ?? 0;
    placed[index] = Math.min(placed[index] ?? 0, most - room / 2);
    most = (placed[index] ?? 0) - room / 2;
  }
  return placed;
}

/** Breaks a text into lines of at most so many characters where its language allows it; Thai has no spaces between words. */
export function lines(text: string, characters: number, language: string): string[] {
  const words = [...new Intl.Segmenter(language, { granularity: 'word' }).segment(text)].map(({ segment }) => segment);
  const all: string[] = [];
  let line = '';
  for (const word of words) {
    if (line !== '' && (line + word).trimEnd().length > characters && word.trim() !== '') {
      all.push(line.trim());
      line = '';
    }
    line += word;
  }
  return [...all, line.trim()].filter((each) => each !== '');
}
