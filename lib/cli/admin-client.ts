import { type Command, Option } from 'commander';
import { describeError } from '../pool/errors.js';
import { CliError } from './exit-codes.js';

/** How the admin server of a running manager is reached. */
export interface AdminTarget {
  readonly url: string;
  readonly token?: string | undefined;
}

/** The flags that name the admin server. */
export function addTargetOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--url <url>', 'the admin server').default('http://127.0.0.1:9090').env('CONNPOOL_URL'),
    )
    .addOption(new Option('--token <token>', 'its bearer token').env('CONNPOOL_TOKEN'));
}

/**
 * Asks the admin server for a report, whatever its status.
 * @throws CliError when it cannot be reached or refuses
 */
export async function askAdmin<T extends { readonly services: unknown }>(
  { url, token }: AdminTarget,
  path: string,
  service: string | undefined,
): Promise<T> {
  let target: URL;
  try {
    target = new URL(path, url);
  } catch {
    throw new CliError(`--url must be a URL such as http://127.0.0.1:9090, got '${url}'`);
  }
  if (service !== undefined) target.searchParams.set('service', service);
  let response: Response;
  try {
    response = await fetch(target, {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(10_000),
    });
  } catch (error) {
    const cause = (error as Error).cause ?? error;
    throw new CliError(`cannot reach ${target.origin}: ${describeError(cause)}`);
  }
  const body = (await response.json().catch(() => undefined)) as (T & { error?: string }) | undefined;
  const answered = `${target.origin} answered ${response.status}`;
  if (!response.ok && response.status !== 503)
    throw new CliError(`${answered}: ${body?.error ?? response.statusText}`);
  if (body?.services === undefined)
    throw new CliError(`${answered}, but not as connpool's admin server does`);
  return body;
}
