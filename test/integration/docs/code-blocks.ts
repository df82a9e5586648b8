import { readdirSync, readFileSync } from 'node:fs';

const root = new URL('../../../', import.meta.url);

/** The documents for readers, relative to the repository. */
export const documents: readonly string[] = [
  'README.md',
  ...readdirSync(new URL('docs', root))
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => `docs/${name}`),
];

/** A fenced block of TypeScript in a Markdown document. */
export interface CodeBlock {
  /** The document, relative to the repository. */
  readonly document: string;
  /** The line of the document on which the code begins, from 1. */
  readonly line: number;
  readonly code: string;
}

/** All blocks of a document that are fenced with ```ts. */
export function codeBlocks(document: string, markdown: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  const lines = markdown.split('\n');
  for (let i = 0; i < lines.length; i++) {
    const [, indent] = /^( *)```ts$/.exec(lines[i] ?? '') ?? [];
    if (indent === undefined) continue;
    const end = lines.indexOf(`${indent}\`\`\``, i);
    if (end < 0) throw new Error(`${document}:${i + 1}: the code block has no end`);
    blocks.push({ document, line: i + 2, code: lines.slice(i + 1, end).join('\n') });
    i = end;
  }
  return blocks;
}

/** All blocks of all documents. */
export function documentBlocks(): CodeBlock[] {
  return documents.flatMap((name) => codeBlocks(name, readFileSync(new URL(name, root), 'utf8')));
}
