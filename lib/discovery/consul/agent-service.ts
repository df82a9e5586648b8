import { ConsulError } from './consul-error.js';
import type { ConsulHttp } from './consul-http.js';

/** A service as Consul's agent is to keep it. */
export interface ServiceDefinition {
  readonly id: string;
  /** What `/v1/agent/service/register` takes. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Whether the service itself says that it lives, within a time to live. */
  readonly hasTtl: boolean;
}

/** Longest answer of an agent, ms. */
const ANSWER_MS = 5_000;

/** What one instance of a service says to its agent. Everything rejects with a `ConsulError`. */
export class AgentService {
  constructor(
    private readonly http: ConsulHttp,
    private readonly definition: ServiceDefinition,
  ) {}

  /** Registers. What was registered under the id before is replaced, with its checks. */
  async register(background: boolean): Promise<void> {
    await this.http.ask({
      method: 'PUT',
      path: '/v1/agent/service/register',
      query: new URLSearchParams({ 'replace-existing-checks': 'true' }),
      body: this.definition.body,
      timeoutMs: ANSWER_MS,
      background,
    });
  }

  /** Says that the service lives, or without a TTL asks whether it is known, and registers when the agent forgot it. */
  async confirm(): Promise<void> {
    const id = encodeURIComponent(this.definition.id);
    const question = { timeoutMs: ANSWER_MS, background: true };
    try {
      await this.http.ask(
        this.definition.hasTtl
          ? { ...question, method: 'PUT', path: `/v1/agent/check/pass/service:${id}` }
          : { ...question, method: 'GET', path: `/v1/agent/service/${id}` },
      );
    } catch (error) {
      // An agent that never heard of a check says so with 404 or 500, depending on its version.
      if ((error as ConsulError).status === undefined) throw error;
      await this.register(true);
    }
  }

  /** Deregisters; a service the agent does not know is as good as deregistered. */
  async deregister(): Promise<void> {
    const path = `/v1/agent/service/deregister/${encodeURIComponent(this.definition.id)}`;
    try {
      await this.http.ask({ method: 'PUT', path, timeoutMs: ANSWER_MS, background: false });
    } catch (error) {
      if (!(error instanceof ConsulError && error.status === 404)) throw error;
    }
  }
}
