// bench/suite/tables.ts: results as tables: for a terminal, and in Markdown.
import { type Bar, isMet, type Result } from './result.ts';

type Cells = readonly string[];

export function forTerminal(result: Result): string {
  const tables = [figureCells(result), barCells(result.bars)].map(layOut);
  return `\n${result.title} (${result.name})\n${result.note}\n\n${tables.join('\n\n')}\n`;
}

export function forMarkdown(result: Result): string {
  const tables = [figureCells(result), barCells(result.bars)].map(markdownTable);
  return `### ${result.title}\n\n${result.note}\n\n${tables.join('\n\n')}\n`;
}

function figureCells({ columns, rows }: Result): Cells[] {
  const filled = columns.filter(({ key }) => rows.some(({ figures }) => figure(figures, key) !== null));
  const body = rows.map(({ contestant, figures }) => [
    contestant,
    ...filled.map(({ key, digits }) => figure(figures, key)?.toFixed(digits) ?? ''),
  ]);
  return [['', ...filled.map(({ title }) => title)], ...body];
}

function figure(figures: Readonly<Record<string, number | null>>, key: string): number | null {
  const value = figures[key] ?? null;
  return value === null || Number.isNaN(value) ? null : value;
}

function barCells(bars: readonly Bar[]): Cells[] {
  const body = bars.map((bar) => {
    const { what, relation, limit, measured, unit } = bar;
    return [
      what,
      `${short(measured)} ${unit}`.trim(),
      `${relation} ${limit} ${unit}`.trim(),
      isMet(bar) ? 'met' : 'MISSED',
    ];
  });
  return [['bar', 'measured', 'limit', ''], ...body];
}

function short(value: number | null): string {
  if (value === null) return 'not measured';
  return value.toFixed(Math.abs(value) >= 100 ? 0 : 3);
}

function layOut(rows: readonly Cells[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function markdownTable([head = [], ...body]: readonly Cells[]): string {
  const line = (cells: Cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, column) => (column === 0 ? '---' : '---:'))), ...body.map(line)].join('\n');
}
