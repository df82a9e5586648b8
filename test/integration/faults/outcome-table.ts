import { readFileSync } from 'node:fs';
import { PHASES } from './phases.js';

/** What is told for humans, and held against what happens. */
const TABLES = new URL('../../../docs/failure-modes.md', import.meta.url);

/** Separates what may be seen from what else may be seen, where the kernel decides. */
const OR = ' or ';

/** What a caller may see of each fault, phase by phase. */
export type OutcomeTable = ReadonlyMap<string, readonly string[]>;

/**
 * Reads the table under the heading `subject`.
 * @throws Error when it has not a column for each phase
 */
export function readOutcomes(subject: string): OutcomeTable {
  const section = readFileSync(TABLES, 'utf8').split(`\n## ${subject}\n`)[1]?.split('\n## ')[0] ?? '';
  const [head = [], , ...rows] = section
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  const phases = PHASES.map(({ name }) => name);
  if (head.slice(1).join() !== phases.join()) throw new Error(`the table of ${subject} must have ${phases}`);
  return new Map(rows.map(([fault = '', ...cells]) => [fault, cells]));
}

/** Whether a cell of the table allows what was seen. */
export function allows(cell: string | undefined, seen: string): boolean {
  return cell?.split(OR).includes(seen) ?? false;
}

/** What was seen, as a table for `docs/failure-modes.md`. */
export function writeOutcomes(subject: string, seen: OutcomeTable): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const head = ['fault', ...PHASES.map(({ name }) => name)];
  return [
    `## ${subject}`,
    '',
    row(head),
    row(head.map(() => '---')),
    ...[...seen].map(([fault, cells]) => row([fault, ...cells])),
    '',
  ].join('\n');
}
