// bench/suite/docs.ts: `npm run bench:docs [file]`: puts the figures of a run into docs/performance.md and docs/plots. Without a file
// it takes the newest run, and keeps it as the chosen one.
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { plotOf } from './plots.ts';
import { isMet, Report, type Result } from './result.ts';
import { forMarkdown } from './tables.ts';

const RESULTS = 'bench/results';
const CHOSEN = join(RESULTS, 'chosen.json');
const PAGE = 'docs/performance.md';
const PLOTS = 'docs/plots';

async function newest(): Promise<string> {
  const runs = (await readdir(RESULTS)).filter((name) => /^\d{4}-.*\.json$/.test(name)).toSorted();
  const last = runs.at(-1);
  if (!last) throw new Error(`There is no run in ${RESULTS}: npm run bench makes one.`);
  return join(RESULTS, last);
}

function describeRun({ startedAt, machine, settings }: Report): string {
  const rows = Object.entries({ begun: startedAt, ...machine, ...settings }).map(
    ([name, value]) => `| ${name} | ${value} |`,
  );
  return ['| | |', '|---|---|', ...rows].join('\n');
}

function verdict({ results }: Report): string {
  const bars = results.flatMap((result) => result.bars.map((bar) => ({ ...bar, title: result.title })));
  const missed = bars.filter((bar) => !isMet(bar));
  const list = missed.map(({ title, what }) => `- ${title}: ${what}`).join('\n');
  return `${bars.length - missed.length} of ${bars.length} bars are met.${missed.length > 0 ? ` Missed:\n\n${list}` : ''}`;
}

async function sectionOf(result: Result): Promise<string> {
  const svg = plotOf(result);
  if (svg === null) return forMarkdown(result);
  await writeFile(join(PLOTS, `${result.name}.svg`), svg);
  return `${forMarkdown(result)}\n![${result.title}](plots/${result.name}.svg)\n`;
}

/** Everything between the two markers of that name. */
function replaceBetween(page: string, name: string, text: string): string {
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${PAGE} has no markers for ${name}.`);
  return `${page.slice(0, from + begin.length)}\n\n${text}\n\n${page.slice(to)}`;
}

const file = process.argv[2] ?? (await newest());
const report = Report.parse(JSON.parse(await readFile(file, 'utf8')));
if (file !== CHOSEN) await copyFile(file, CHOSEN);
await mkdir(PLOTS, { recursive: true });
const sections = await Promise.all(report.results.map(sectionOf));
const page = await readFile(PAGE, 'utf8');
const filled = replaceBetween(page, 'run', `${describeRun(report)}\n\n${verdict(report)}`);
await writeFile(PAGE, replaceBetween(filled, 'figures', sections.join('\n').trimEnd()));
process.stdout.write(`${file} -> ${PAGE}, ${PLOTS}\n`);
