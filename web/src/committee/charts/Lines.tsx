// Lines over periods, each with its words at its end instead of a key. A withheld count breaks the line and is marked on the axis with the
// pattern; a line is never drawn through it.

import { useLayoutEffect, useRef, useState } from 'preact/hooks';

import type { Count } from '../release.ts';
import { axis, lines, spread } from './scale.ts';
import { withheldFill } from './Withheld.tsx';

export interface Line {
  key: string;
  label: string;
  /** A count for each period; undefined where a release does not have it. */
  counts: readonly (Count | undefined)[];
}

interface Props {
  periods: readonly { key: string; label: string }[];
  lines: readonly Line[];
  language: string;
  withheld: string;
  /** What the chart shows, for those who do not see it; its table has the numbers. */
  described: string;
  number(n: number): string;
}

interface Frame {
  width: number;
  em: number; // the height of its text, which grows with the reader's settings
}

export function Lines(props: Props) {
  const place = useRef<HTMLDivElement>(null);
  const frame = useFrame(place);
  return (
    <div class="chart-lines" ref={place}>
      <Drawing {...props} frame={frame} />
    </div>
  );
}

/** The width of an element and the size of its text, now and whenever they change. */
function useFrame(place: { current: HTMLElement | null }): Frame {
  const [frame, setFrame] = useState<Frame>({ width: 640, em: 16 });
  useLayoutEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const measure = () => setFrame({ width: element.clientWidth || 640, em: parseFloat(getComputedStyle(element).fontSize) || 16 });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [place]);
  return frame;
}

function Drawing({ periods, lines: all, language, withheld, described, number, frame }: Props & { frame: Frame }) {
  const { width, em } = frame;
  const labelWidth = Math.min(width * 0.42, 14 * em);
  const stacked = width - labelWidth < 18 * em; // no room for the words of two periods side by side
  const height = Math.max(16 * em, all.length * 2.9 * em);
  const inside = { left: 2.8 * em, right: width - labelWidth, top: 0.8 * em, bottom: height - (stacked ? 3.7 : 2.4) * em };
  const { end, ticks } = axis(Math.max(0, ...all.flatMap(({ counts }) => counts).filter((count) => typeof count === 'number')));
  const x = (index: number) => (periods.length < 2 ? inside.right
    : inside.left + 0.8 * em + (index / (periods.length - 1)) * (inside.right - inside.left - 1.6 * em));
  const y = (count: number) => inside.bottom - (count / end) * (inside.bottom - inside.top);
  return (
    <svg class="chart-lines__drawing" viewBox={`0 0 ${width} ${height}`} width={width} height={height} role="img" aria-label={described}>
      {ticks.map((tick) => (
        <g key={tick}>
          <line class="chart-grid" x1={inside.left} x2={inside.right} y1={y(tick)} y2={y(tick)} />
          <text class="chart-tick" x={inside.left - 0.5 * em} y={y(tick)} dy="0.35em" text-anchor="end">{number(tick)}</text>
        </g>
      ))}
      {shownPeriods(periods.length, (inside.right - inside.left) / ((stacked ? 4 : 6) * em)).map((index) => (
        <text key={index} class="chart-tick" text-anchor={anchor(index, periods.length)}>
          {(stacked ? periods[index]?.label.split(' ') : [periods[index]?.label])?.map((words, n) => (
            <tspan key={n} x={x(index)} y={inside.bottom + (1.6 + 1.3 * n) * em}>{words}</tspan>
          ))}
        </text>
      ))}
      {all.map((line, index) => <Path key={line.key} line={line} index={index} x={x} y={y} em={em} />)}
      <Ends all={all} from={inside.right} bottom={inside.bottom} y={y} em={em} room={labelWidth} language={language} withheld={withheld} number={number} />
    </svg>
  );
}

function anchor(index: number, periods: number): 'start' | 'middle' | 'end' {
  if (periods < 2) return 'end';
  return index === 0 ? 'start' : index === periods - 1 ? 'end' : 'middle';
}

/** Which periods have room for their words: the last one always, and every so many before it. */
export function shownPeriods(periods: number, room: number): number[] {
  const step = Math.max(1, Math.ceil((periods - 1) / Math.max(1, Math.floor(room) - 1)));
  const shown: number[] = [];
  for (let index = periods - 1; index >= 0; index -= step) shown.unshift(index);
  return shown;
}

interface Drawn {
  line: Line;
  index: number;
  x(index: number): number;
  y(count: number): number;
  em: number;
}

function Path({ line, index, x, y, em }: Drawn) {
  return (
    <g class={`chart-line chart-line-${index % 6}`}>
      {runs(line.counts).map((run) => (
        <path key={run[0]?.at} class="chart-line__path" d={run.map(({ at, count }, n) => `${n === 0 ? 'M' : 'L'}${x(at)},${y(count)}`).join('')} />
      ))}
      {line.counts.map((count, at) => {
        if (typeof count === 'number') return <circle key={at} class="chart-line__point" cx={x(at)} cy={y(count)} r={em * 0.28} />;
        if (count === undefined) return null;
        return <rect key={at} class="chart-withheld" fill={withheldFill} x={x(at) - em * 0.4} y={y(0) - em * 0.8} width={em * 0.8} height={em * 0.8} />;
      })}
    </g>
  );
}

/** The stretches of a line between which something is missing. */
export function runs(counts: readonly (Count | undefined)[]): { at: number; count: number }[][] {
  const all: { at: number; count: number }[][] = [];
  let run: { at: number; count: number }[] = [];
  counts.forEach((count, at) => {
    if (typeof count === 'number') {
      if (run.length === 0) all.push(run);
      run.push({ at, count });
    } else {
      run = [];
    }
  });
  return all;
}

interface EndsProps {
  all: readonly Line[];
  from: number;
  bottom: number;
  em: number;
  room: number;
  language: string;
  withheld: string;
  y(count: number): number;
  number(n: number): string;
}

function Ends({ all, from, bottom, em, room, language, withheld, y, number }: EndsProps) {
  const written = all.map(({ label, counts }) => {
    const last = counts.at(-1);
    const value = typeof last === 'number' ? number(last) : last === null ? withheld : '';
    return lines(`${label} ${value}`, Math.floor((room - em) / (0.56 * em)), language);
  });
  const lineHeight = 1.35 * em;
  const places = spread(all.map(({ counts }, index) => {
    const last = counts.at(-1);
    return { at: typeof last === 'number' ? y(last) : bottom - em * 0.4, room: (written[index]?.length ?? 1) * lineHeight };
  }), bottom + 2.4 * em);
  return (
    <>
      {all.map(({ key }, index) => {
        const own = written[index] ?? [];
        const top = (places[index] ?? 0) - ((own.length - 1) * lineHeight) / 2;
        return (
          <text key={key} class={`chart-end chart-end-${index % 6}`}>
            {own.map((text, n) => <tspan key={text} x={from + 0.6 * em} y={top + n * lineHeight} dy="0.35em">{text}</tspan>)}
          </text>
        );
      })}
    </>
  );
}
