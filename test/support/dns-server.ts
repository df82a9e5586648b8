import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type Answer, decode, encode, type Question } from 'dns-packet';

/** What a {@link DnsServer} does with a question: answers, answers with a failure, or keeps silent. */
export type DnsMode = 'answer' | 'SERVFAIL' | 'REFUSED' | 'mute';

const RCODES: Readonly<Record<string, number>> = { NXDOMAIN: 3, SERVFAIL: 2, REFUSED: 5 };
const AUTHORITATIVE = 1 << 10;

/** A real DNS server over UDP whose records and behaviour can be changed at any time. */
export class DnsServer implements AsyncDisposable {
  mode: DnsMode = 'answer';
  /** Names of which questions of any type fail, whatever `mode` says. */
  readonly failing = new Set<string>();
  /** Every question that came, as `type name`. */
  readonly asked: string[] = [];
  readonly #records = new Map<string, Answer[]>();
  readonly #socket: Socket;

  private constructor() {
    this.#socket = createSocket('udp4');
    this.#socket.on('message', (message, from) => this.#answer(message, from));
  }

  static async start(): Promise<DnsServer> {
    const server = new DnsServer();
    server.#socket.bind(0, '127.0.0.1');
    await once(server.#socket, 'listening');
    return server;
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** `host:port`. */
  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** The name's address records from now on; their type by what they look like. Time to live in seconds. */
  setAddresses(name: string, addresses: readonly string[], ttl = 0): void {
    const records = addresses.map(
      (data): Answer => ({ type: data.includes(':') ? 'AAAA' : 'A', name, ttl, data }),
    );
    this.#records.set(name, records);
  }

  /** The name's SRV records from now on. */
  setServices(
    name: string,
    services: readonly { target: string; port: number; priority?: number; weight?: number }[],
  ): void {
    this.#records.set(
      name,
      services.map((data): Answer => ({ type: 'SRV', name, ttl: 0, data })),
    );
  }

  /** The name exists no more. */
  remove(name: string): void {
    this.#records.delete(name);
  }

  /** How often a question came, as `type name`. */
  count(question: string): number {
    return this.asked.filter((asked) => asked === question).length;
  }

  async close(): Promise<void> {
    const closed = once(this.#socket, 'close');
    this.#socket.close();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #answer(message: Buffer, from: RemoteInfo): void {
    const query = decode(message);
    const question = query.questions?.[0];
    if (question === undefined) return;
    this.asked.push(`${question.type} ${question.name}`);
    if (this.mode === 'mute') return;
    const { rcode, answers } = this.#find(question);
    const reply = encode({
      type: 'response',
      id: query.id ?? 0,
      flags: AUTHORITATIVE | rcode,
      questions: [question],
      answers: [...answers],
    });
    this.#socket.send(reply, from.port, from.address);
  }

  #find({ name, type }: Question): { rcode: number; answers: readonly Answer[] } {
    if (this.mode !== 'answer') return { rcode: RCODES[this.mode]!, answers: [] };
    if (this.failing.has(name)) return { rcode: RCODES.SERVFAIL!, answers: [] };
    const records = this.#records.get(name);
    if (records === undefined) return { rcode: RCODES.NXDOMAIN!, answers: [] };
    return { rcode: 0, answers: records.filter((record) => record.type === type) };
  }
}
