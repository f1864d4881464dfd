// bench/suite/plots.ts: one bar for each contestant, as SVG that needs nothing else and is read in the dark too.
import type { Column, Result } from './result.ts';

const WIDTH = 720;
const LABELS = 190;
const VALUES = 90;
const BAR = 22;
const GAP = 8;
const TOP = 40;

const style = `text{font:13px system-ui,sans-serif;fill:#24292f}.title{font-weight:600}.bar{fill:#8b949e}.own{fill:#0969da}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.own{fill:#58a6ff}}`;

/** Null where a scenario has nothing to draw. */
export function plotOf({ title, columns, rows, plot }: Result): string | null {
  const column = columns.find(({ key }) => key === plot);
  if (!column) return null;
  const values = rows.flatMap(({ contestant, figures }) => {
    const value = figures[column.key] ?? null;
    return value === null || Number.isNaN(value) ? [] : [{ contestant, value }];
  });
  return values.length > 0 ? draw(`${title}: ${column.title}`, column, values) : null;
}

interface Value {
  readonly contestant: string;
  readonly value: number;
}

function draw(title: string, { digits }: Column, values: readonly Value[]): string {
  const height = TOP + values.length * (BAR + GAP) + GAP;
  const longest = Math.max(...values.map(({ value }) => value)) || 1;
  const bars = values.map(({ contestant, value }, index) => {
    const y = TOP + index * (BAR + GAP);
    const width = Math.max(1, (value / longest) * (WIDTH - LABELS - VALUES));
    const middle = y + BAR - 6;
    return [
      `<text x="${LABELS - 10}" y="${middle}" text-anchor="end">${escapeXml(contestant)}</text>`,
      `<rect class="${contestant.startsWith('latchkey') ? 'own' : 'bar'}" x="${LABELS}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" rx="3"/>`,
      `<text x="${(LABELS + width + 8).toFixed(1)}" y="${middle}">${value.toFixed(digits)}</text>`,
    ].join('\n');
  });
  const head = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`;
  const name = escapeXml(title);
  return `${head}\n<title>${name}</title>\n<style>${style}</style>\n<text class="title" x="10" y="24">${name}</text>\n${bars.join('\n')}\n</svg>\n`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
