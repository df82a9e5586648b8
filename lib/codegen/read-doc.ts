import type ts from 'typescript';
import type { TypeScript } from './load-typescript.js';

/** The lines of a declaration's TSDoc, without what makes them a comment. */
export function readDoc(ts: TypeScript, declaration: ts.Declaration | undefined): string[] {
  if (declaration === undefined) return [];
  const doc = ts.getJSDocCommentsAndTags(declaration).filter(ts.isJSDoc).at(-1);
  if (doc === undefined) return [];
  const lines = doc
    .getText()
    .replace(/^\/\*\*/, '')
    .replace(/\*\/$/, '')
    .split(/\r?\n/)
    .map((line) => line.replace(/^\s*\* ?/, '').trimEnd());
  while (lines[0]?.trim() === '') lines.shift();
  while (lines.at(-1)?.trim() === '') lines.pop();
  if (lines[0] !== undefined) lines[0] = lines[0].trimStart();
  return lines;
}
