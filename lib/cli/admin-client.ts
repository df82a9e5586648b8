import { type Command, Option } from 'commander';
import { describeError } from '../pool/errors.js';
import { CliError } from './exit-codes.js';
import { seconds } from './flag-values.js';

/** How the admin server of a running manager is reached. */
export interface AdminTarget {
  readonly url: string;
  readonly token?: string | undefined;
  /** Longest wait for a whole answer, ms. */
  readonly timeout: number;
}

/** What is asked for, and how its answer is known. */
export interface AdminQuestion<T> {
  readonly path: 'health' | 'stats';
  /** Only this service. */
  readonly service: string | undefined;
  isAnswer(body: unknown): body is T;
}

/** The flags that name the admin server. */
export function addTargetOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--url <url>', 'the admin server').default('http://127.0.0.1:9090').env('CONNPOOL_URL'),
    )
    .addOption(new Option('--token <token>', 'its bearer token').env('CONNPOOL_TOKEN'))
    .addOption(
      new Option('--timeout <seconds>', 'longest wait for its answer')
        .argParser(seconds(0.1, 600))
        .default(10_000, '10'),
    );
}

/**
 * Asks the admin server for a report, whatever its status.
 * @throws CliError when it cannot be reached or refuses, or something else answers
 */
export async function askAdmin<T>(
  { url, token, timeout }: AdminTarget,
  { path, service, isAnswer }: AdminQuestion<T>,
): Promise<T> {
  const target = urlOf(url, path);
  if (service !== undefined) target.searchParams.set('service', service);
  const { status, text } = await read(target, token, timeout);
  const body = parse(text);
  const answered = `${target.origin} answered ${status}`;
  if (status === 200 || status === 503) {
    if (isAnswer(body)) return body;
    throw new CliError(`${answered}, but not as connpool's admin server does`);
  }
  const { error } = (body ?? {}) as { error?: unknown };
  throw new CliError(`${answered}${typeof error === 'string' ? `: ${error}` : ''}`);
}

function urlOf(text: string, path: string): URL {
  // What stands before the server may show it below a path of its own.
  const base = text.endsWith('/') ? text : `${text}/`;
  const url = URL.canParse(path, base) ? new URL(path, base) : undefined;
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:';
  if (url !== undefined && isHttp && url.username === '' && url.password === '') return url;
  const shown =
    url === undefined || (url.username === '' && url.password === '') ? `'${text}'` : 'one with a name';
  throw new CliError(`--url must be a URL such as http://127.0.0.1:9090, got ${shown}`);
}

async function read(
  target: URL,
  token: string | undefined,
  timeoutMs: number,
): Promise<{ status: number; text: string }> {
  const headers = token === undefined ? {} : { authorization: bearer(token) };
  try {
    const response = await fetch(target, { headers, signal: AbortSignal.timeout(timeoutMs) });
    return { status: response.status, text: await response.text() };
  } catch (error) {
    const { name, cause = error } = error as Error;
    const why = name === 'TimeoutError' ? `no whole answer in ${timeoutMs / 1_000} s` : describeError(cause);
    throw new CliError(`cannot reach ${target.origin}: ${why}`);
  }
}

/** Refused here: what fetch says of a header that cannot be sent tells the token. */
function bearer(token: string): string {
  // A line's end, as files have it, fetch takes away.
  if (/^[\t\x20-\x7e\x80-\xff]+\s*$/.test(token)) return `Bearer ${token}`;
  throw new CliError('--token must be text that an HTTP header can carry');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
