import { request } from 'node:http';
import { text } from 'node:stream/consumers';

/** A service instance as a test registers it, in Consul's own words. */
export interface TestInstance {
  readonly ID: string;
  readonly Name: string;
  readonly Port?: number;
  readonly Address?: string;
  readonly Tags?: readonly string[];
  readonly Meta?: Readonly<Record<string, string>>;
  readonly Weights?: { readonly Passing: number; readonly Warning: number };
  readonly Check?: Readonly<Record<string, unknown>>;
  readonly Checks?: readonly Readonly<Record<string, unknown>>[];
}

/** What a test says to a Consul agent, without any code of the library. */
export class ConsulApi {
  constructor(
    private readonly port: number,
    private readonly token?: string,
  ) {}

  /** Asks, and gives the answer's JSON, or its text when it is none. */
  async ask(method: 'GET' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<unknown> {
    const answer = await this.#send(method, path, body);
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    try {
      return JSON.parse(answer.text);
    } catch {
      return answer.text;
    }
  }

  register(instance: TestInstance): Promise<unknown> {
    return this.ask('PUT', '/v1/agent/service/register?replace-existing-checks=true', instance);
  }

  deregister(id: string): Promise<unknown> {
    return this.ask('PUT', `/v1/agent/service/deregister/${id}`);
  }

  /** Sets the TTL check of an instance. */
  setCheck(id: string, status: 'pass' | 'warn' | 'fail'): Promise<unknown> {
    return this.ask('PUT', `/v1/agent/check/${status}/service:${id}`);
  }

  setMaintenance(id: string, enable: boolean): Promise<unknown> {
    return this.ask('PUT', `/v1/agent/service/maintenance/${id}?enable=${enable}`);
  }

  /** The instances of a service that the catalog has, healthy or not. */
  async instances(service: string): Promise<{ Service: TestInstance; Checks: { Status: string }[] }[]> {
    return (await this.ask('GET', `/v1/health/service/${service}`)) as never;
  }

  /** Consul's index of a service. */
  async index(service: string): Promise<number> {
    const { headers } = await this.#send('GET', `/v1/health/service/${service}`);
    return Number(headers['x-consul-index']);
  }

  async #send(method: string, path: string, body?: unknown) {
    const headers = this.token === undefined ? {} : { 'X-Consul-Token': this.token };
    const options = { host: '127.0.0.1', port: this.port, method, path, headers, agent: false } as const;
    return new Promise<{ status: number; text: string; headers: Record<string, unknown> }>(
      (resolve, reject) => {
        const question = request(options, (response) => {
          const { statusCode = 0, headers } = response;
          text(response).then((body) => resolve({ status: statusCode, text: body, headers }), reject);
        });
        question.once('error', reject);
        question.end(body === undefined ? undefined : JSON.stringify(body));
      },
    );
  }
}
