import {
  type ClientRequest,
  Agent as HttpAgent,
  type IncomingMessage,
  request as requestHttp,
} from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { Timer } from '../../pool/clock.js';
import { describeError, describeMs } from '../../pool/errors.js';
import { ConsulError } from './consul-error.js';
import type { ConsulTarget } from './consul-target.js';

/** One question to Consul. */
export interface ConsulQuestion {
  readonly method: 'GET' | 'PUT';
  /** From `/v1` on, encoded. */
  readonly path: string;
  readonly query?: URLSearchParams;
  readonly body?: unknown;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Whether the process may end while the answer is outstanding. */
  readonly background: boolean;
}

/** What Consul answered, with a status of 2xx. */
export interface ConsulAnswer {
  readonly text: string;
  readonly headers: IncomingMessage['headers'];
}

/** How long TCP waits before it asks a silent peer for a sign of life, ms: a dead machine ends no connection. */
const KEEP_ALIVE_MS = 10_000;
/** Longest answer that is read, in bytes: tens of thousands of instances. */
const MAX_ANSWER_BYTES = 64 * 1_024 * 1_024;
/** As much of an error's text as goes into a message. */
const MAX_TEXT = 200;

/**
 * HTTP as blocking queries need it, over Node's own client. The `consul` package does not serve: its watch keeps its
 * index when the connection is lost, so that an agent that comes back with a lower one answers only minutes later;
 * a connection that ends within a body goes unnoticed until the timeout; it sets no pace; and what it would take to
 * build a watch of our own on it (index, wait, abort, response headers) is not part of its types. `fetch` gives up
 * after five minutes without headers, which is what Consul's default wait takes.
 */
export class ConsulHttp {
  readonly #target: ConsulTarget;
  readonly #agent: HttpAgent;

  /** @param keepAlive whether connections are kept for the next question, until `close()` */
  constructor(target: ConsulTarget, keepAlive: boolean) {
    this.#target = target;
    const options = { keepAlive, keepAliveMsecs: KEEP_ALIVE_MS };
    this.#agent =
      target.tls === undefined ? new HttpAgent(options) : new HttpsAgent({ ...options, ...target.tls });
  }

  /**
   * Asks, and reads the whole answer.
   * @throws ConsulError when there is none, in time, or its status is not 2xx
   */
  async ask(question: ConsulQuestion): Promise<ConsulAnswer> {
    const asked = `${question.method} ${question.path}`;
    let isLate = false;
    let timer: Timer | undefined;
    try {
      const request = this.#request(question);
      timer = new Timer(
        () => {
          isLate = true;
          request.destroy();
        },
        question.timeoutMs,
        false,
      );
      const response = await answerTo(request, question.body);
      return this.#check(response, await textOf(response), asked);
    } catch (error) {
      if (error instanceof ConsulError) throw error;
      const why = isLate ? `no answer within ${describeMs(question.timeoutMs)}` : describeError(error);
      throw new ConsulError(`Consul at ${this.#target.label}: ${asked} failed: ${why}`, { cause: error });
    } finally {
      timer?.cancel();
    }
  }

  /** Drops the connections that were kept. */
  close(): void {
    this.#agent.destroy();
  }

  #request({ method, path, query, body, signal, background }: ConsulQuestion): ClientRequest {
    const { host, port, basePath, tls, token } = this.#target;
    const search = query === undefined || query.size === 0 ? '' : `?${query}`;
    const request = (tls === undefined ? requestHttp : requestHttps)({
      host,
      port,
      method,
      path: `${basePath}${path}${search}`,
      agent: this.#agent,
      signal,
      headers: {
        Accept: 'application/json',
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(token === undefined ? {} : { 'X-Consul-Token': token }),
      },
    });
    if (background) request.on('socket', (socket) => socket.unref());
    return request;
  }

  #check(response: IncomingMessage, body: string, asked: string): ConsulAnswer {
    const { statusCode = 0, headers } = response;
    if (statusCode >= 200 && statusCode < 300) return { text: body, headers };
    const { token } = this.#target;
    // Consul and what lies between may repeat what they were sent.
    const shown = token === undefined ? body : body.replaceAll(token, '...');
    const said = shown.trim().slice(0, MAX_TEXT);
    throw new ConsulError(
      `Consul at ${this.#target.label} answered ${asked} with ${statusCode}${said === '' ? '' : `: ${said}`}`,
      { status: statusCode },
    );
  }
}

function answerTo(request: ClientRequest, body: unknown): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.on('response', resolve);
    // Stays for good: a connection may also fail after the answer has begun, which reading it reports.
    request.on('error', reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** @throws Error as soon as it is longer than what is read */
async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Leaving the loop by an error destroys the response, and so its connection.
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) throw new Error(`the answer is longer than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
