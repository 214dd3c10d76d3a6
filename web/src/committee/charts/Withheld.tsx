// How the charts draw a count that is withheld: hatched, as nothing else is. A page that has charts holds the pattern once.

const pattern = 'withheld-pattern';

/** The fill of everything that stands for a withheld count. */
export const withheldFill = `url(#${pattern})`;

/** The pattern itself, which takes no room on the page. */
export function WithheldPattern() {
  return (
    <svg class="chart-defs" width="0" height="0" aria-hidden="true" focusable="false">
      <defs>
        <pattern id={pattern} width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect class="withheld-ground" width="7" height="7" />
          <rect class="withheld-line" width="2" height="7" />
        </pattern>
      </defs>
    </svg>
  );
}

/** What the pattern means, in words, beside a piece of it. */
export function WithheldKey({ children }: { children: string }) {
  return (
    <p class="chart-key">
      <svg class="chart-key__swatch" aria-hidden="true" focusable="false"><rect class="chart-withheld" width="100%" height="100%" fill={withheldFill} /></svg>
      {children}
    </p>
  );
}
