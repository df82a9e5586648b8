import { extname } from 'node:path';

/**
 * Parses the text of a config file, YAML or JSON by the extension of its name; YAML without a name.
 * @throws Error that says where it cannot be parsed, without showing the text: there may be secrets in it
 */
export async function parseText(text: string, file: string | undefined): Promise<unknown> {
  const extension = file === undefined ? '.yaml' : extname(file).toLowerCase();
  if (extension === '.json') return parseJson(text);
  if (extension !== '.yaml' && extension !== '.yml') {
    throw new Error(`the name of a config file must end in .yaml, .yml or .json, not '${extension}'`);
  }
  return parseYaml(text);
}

async function parseYaml(text: string): Promise<unknown> {
  const { parseDocument } = await import('yaml').catch((cause: unknown) => {
    throw new Error("YAML needs the package 'yaml': npm install yaml, or use JSON", { cause });
  });
  // Not parse(): it prints warnings that quote the text.
  // Merge keys (`<<: *name`) are what people know from other tools, though YAML 1.2 left them out.
  const document = parseDocument(text, { logLevel: 'error', merge: true });
  const [error] = document.errors;
  if (error !== undefined) throw new Error(withoutQuotation(error));
  try {
    return document.toJS();
  } catch (unresolved) {
    throw new Error(withoutQuotation(unresolved as Error));
  }
}

/** Messages of the parser that are meant for those who call it. */
const IN_OUR_WORDS: readonly [pattern: RegExp, words: string][] = [
  [/multiple documents/, "a second document begins here ('---'); a config is one"],
  [/call stack/, 'it is nested too deeply'],
  [/Excessive alias count/, 'its aliases (*name) stand for too many values, or for themselves'],
];

/** What is wrong with YAML, and where; the parser's own message goes on with a piece of the text. */
function withoutQuotation(error: Error & { linePos?: readonly { line: number; col: number }[] }): string {
  const what =
    IN_OUR_WORDS.find(([pattern]) => pattern.test(error.message))?.[1] ??
    error.message.replace(/(?: at line \d+, column \d+)?:\s.*$/s, '');
  const [position] = error.linePos ?? [];
  return position === undefined ? what : `line ${position.line}, column ${position.col}: ${what}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const { message } = error as SyntaxError;
    const at = Number(/ at position (\d+)/.exec(message)?.[1] ?? Number.NaN);
    const what = message
      .replace(/, (?:\.{3})?".*"(?:\.{3})? is not valid JSON$/s, '')
      .replace(/ in JSON at position.*$/s, '');
    if (Number.isNaN(at)) throw new Error(`not valid JSON: ${what}`);
    const lines = text.slice(0, at).split('\n');
    throw new Error(`not valid JSON: line ${lines.length}, column ${lines.at(-1)!.length + 1}: ${what}`);
  }
}
