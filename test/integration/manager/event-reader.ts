import { once } from 'node:events';
import { type ClientRequest, get, type IncomingMessage } from 'node:http';
import { waitFor, within } from '../../support/wait-for.js';

interface Message {
  readonly event: string;
  readonly data: unknown;
}

/** Reads server-sent events. */
export class EventReader {
  /** What came and was not asked for yet. */
  readonly #messages: Message[] = [];
  readonly #ended: Promise<unknown>;
  #rest = '';
  #status: number;

  private constructor(
    private readonly request: ClientRequest,
    response: IncomingMessage,
    isStalled: boolean,
  ) {
    this.#status = response.statusCode ?? 0;
    this.#ended = once(request, 'close');
    response.on('error', () => {}); // a connection that is cut ends the stream as well
    if (!isStalled) response.setEncoding('utf8').on('data', (chunk: string) => this.#take(chunk));
  }

  /** `isStalled`: the answer is never read. */
  static async open(
    url: string,
    { isStalled = false, headers = {} }: { isStalled?: boolean; headers?: Record<string, string> } = {},
  ): Promise<EventReader> {
    const request = get(url, { agent: false, headers });
    const [response] = (await within('the stream opens', once(request, 'response'))) as [IncomingMessage];
    return new EventReader(request, response, isStalled);
  }

  get status(): number {
    return this.#status;
  }

  /** The next message of this event, which is taken; those before it of other events stay. */
  async next(event: string, accepts: (data: never) => boolean = () => true): Promise<unknown> {
    const find = () => this.#messages.findIndex((m) => m.event === event && accepts(m.data as never));
    await waitFor(`the event '${event}'`, () => find() >= 0);
    return this.#messages.splice(find(), 1)[0]?.data;
  }

  /** Waits until the server ends the stream. */
  async ended(): Promise<void> {
    await within('the stream ends', this.#ended);
  }

  async close(): Promise<void> {
    this.request.destroy();
    await this.ended();
  }

  #take(chunk: string): void {
    const messages = (this.#rest + chunk).split('\n\n');
    this.#rest = messages.pop() ?? '';
    for (const message of messages) {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(message)?.[1] ?? '';
      this.#messages.push({ event: field('event'), data: JSON.parse(field('data')) });
    }
  }
}
