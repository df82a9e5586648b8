import { dirname, resolve } from 'node:path';
import createDebug from 'debug';
import { aboveZeroRule, checkOptions, type OptionRule } from '../pool/check-options.js';
import type { Endpoint } from '../pool/endpoint.js';
import { ConnPoolError, describeError } from '../pool/errors.js';
import type { Discovery } from './discovery.js';
import { EndpointSieve } from './endpoint-sieve.js';
import { isOpenEnded, type ParseText, parserFor } from './file-format.js';
import { FileReader } from './file-reader.js';
import { FileWatch } from './file-watch.js';
import { mayBeHalf } from './half-written.js';

const log = createDebug('connpool:file');

/** How long a file that may be half written must rest before it is taken as it is, ms. */
const REST_MS = 1_000;

/** Options of {@link fileDiscovery}. */
export interface FileDiscoveryOptions {
  /**
   * How often the file is looked at, in ms, for where the operating system does not tell of changes (network file
   * systems, links into other folders). @default 1000
   */
  pollIntervalMs?: number | undefined;
}

/**
 * Endpoints from a file: a list, or an object with a list `endpoints`, as JSON (`.json`) or YAML (`.yaml`, `.yml`;
 * needs the package `yaml`). Changes are taken within a fraction of a second: the file may be written in place,
 * renamed over or be a link that is set to another file, as with a Kubernetes ConfigMap. It is read once it has been
 * quiet for a moment; a YAML file that says less than before, or whose last line has no end, once it has been quiet for a
 * second: half of such a file may be a file as well.
 *
 * A file that is missing, cannot be read or is no list is reported, and the last list stays in force. An entry that
 * is no endpoint is reported and left out; when it names one of the last list, that one stays as it was.
 *
 * @example
 * const cluster = new Cluster({
 *   discovery: fileDiscovery('/etc/echo/endpoints.yaml'),
 *   connect: ({ host, port }) => tcpPool({ host, port }),
 * });
 *
 * @throws InvalidOptionError for a path whose end tells no format, an unknown option or a value that is not allowed
 */
export function fileDiscovery(path: string, options: FileDiscoveryOptions = {}): Discovery {
  const parse = parserFor(path);
  checkOptions('options', options, RULES);
  const { pollIntervalMs = 1_000 } = options;
  // The working folder may change before anybody watches.
  const file = resolve(path);
  return { watch: (signal, onError = () => {}) => follow(file, parse, pollIntervalMs, signal, onError) };
}

async function* follow(
  path: string,
  parse: ParseText,
  pollIntervalMs: number,
  signal: AbortSignal,
  onError: (error: unknown) => void,
): AsyncGenerator<readonly Endpoint[]> {
  const reader = new FileReader(path);
  const report = reporter(path, onError);
  const sieve = new EndpointSieve();
  const watch = new FileWatch(dirname(path), pollIntervalMs, signal);
  try {
    let last: readonly Endpoint[] | undefined;
    while (!signal.aborted) {
      try {
        const text = await reader.readChanged(signal);
        if (text !== undefined) {
          const entries = listIn(await parse(text));
          const isDoubtful = last !== undefined && isOpenEnded(path) && mayBeHalf(text, entries, last);
          if (isDoubtful && !(await reader.staysFor(REST_MS, signal))) continue;
          const { endpoints, faults } = sieve.sift(entries);
          report(faults);
          // A file of nothing but faults is a fault, no empty list.
          const isGood = endpoints.length > 0 || faults.length === 0;
          if (isGood && JSON.stringify(endpoints) !== JSON.stringify(last)) {
            last = endpoints;
            yield endpoints;
          }
        }
      } catch (error) {
        if (signal.aborted) return;
        report([error]);
      }
      await watch.next();
    }
  } finally {
    watch.close();
  }
}

function listIn(content: unknown): unknown[] {
  const list = Array.isArray(content) ? content : (content as { endpoints?: unknown } | null)?.endpoints;
  if (Array.isArray(list)) return list;
  throw new Error("the file has neither a list of endpoints nor an object with a list 'endpoints'");
}

/** What stays wrong is not said again and again. */
function reporter(path: string, onError: (error: unknown) => void): (faults: readonly unknown[]) => void {
  let last = new Set<string>();
  return (faults) => {
    const messages = new Set<string>();
    for (const cause of faults) {
      const message = describeError(cause);
      messages.add(message);
      if (last.has(message)) continue;
      log('%s: %s', path, message);
      onError(new ConnPoolError('ERR_ENDPOINT_FILE', `${path}: ${message}`, { cause }));
    }
    last = messages;
  };
}

const RULES: Record<keyof FileDiscoveryOptions, OptionRule> = {
  pollIntervalMs: aboveZeroRule,
};
