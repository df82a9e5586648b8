import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type RequestOptions,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a {@link ConsulFront} does instead of passing a question on. */
export type FrontFault =
  | { readonly status: number; readonly text: string; readonly headers?: Record<string, string> }
  /** Sends the head and half the body, then ends the connection. */
  | 'cut';

/** A question that came by. */
export interface SeenQuestion {
  /** Monotonic, ms. */
  readonly at: number;
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
}

/** A real HTTP server in front of a Consul agent: notes every question, passes it on or gives an answer of its own. */
export class ConsulFront implements AsyncDisposable {
  readonly host = '127.0.0.1';
  readonly seen: SeenQuestion[] = [];
  /** Questions whose answers are outstanding. */
  held = 0;
  /** Connections open now. */
  open = 0;
  /** Instead of the agent's answers. */
  fault: FrontFault | undefined;
  readonly #server: Server;
  readonly #target: RequestOptions;

  private constructor(target: RequestOptions) {
    this.#target = target;
    this.#server = createServer((question, answer) => this.#serve(question, answer));
    this.#server.on('connection', (socket) => {
      this.open++;
      socket.once('close', () => this.open--);
    });
  }

  static async start({ host, port }: { readonly host: string; readonly port: number }): Promise<ConsulFront> {
    const front = new ConsulFront({ host, port });
    front.#server.listen(0, front.host);
    await once(front.#server, 'listening');
    return front;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get address(): string {
    return `${this.host}:${this.port}`;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #serve(question: IncomingMessage, answer: ServerResponse): void {
    const { method = '', url = '', headers } = question;
    this.seen.push({ at: performance.now(), method, url: new URL(url, 'http://front'), headers });
    this.held++;
    answer.once('close', () => this.held--);
    const { fault } = this;
    if (fault === undefined) this.#passOn(question, answer);
    else if (fault === 'cut') cut(answer);
    else answer.writeHead(fault.status, { 'X-Consul-Index': '1', ...fault.headers }).end(fault.text);
  }

  #passOn(question: IncomingMessage, answer: ServerResponse): void {
    const { method, url, headers } = question;
    const passed = request({ ...this.#target, method, path: url, headers, agent: false }, (response) => {
      answer.writeHead(response.statusCode ?? 0, response.headers);
      response.on('error', () => answer.destroy());
      response.pipe(answer);
    });
    // Either side's end is the other's.
    passed.on('error', () => answer.destroy());
    answer.once('close', () => passed.destroy());
    question.pipe(passed);
  }
}

function cut(answer: ServerResponse): void {
  answer.writeHead(200, {
    'Content-Type': 'application/json',
    'Content-Length': '1000',
    'X-Consul-Index': '9',
  });
  answer.write('[{"Node": {', () => answer.socket?.end());
}
