import { AsyncLocalStorage } from 'node:async_hooks';
import { Cluster, NoAvailableClientError } from '../../../lib/cluster/index.js';
import { bulkhead } from '../../../lib/middleware/bulkhead.js';
import { retry } from '../../../lib/middleware/retry.js';
import { CallTimeoutError, timeout } from '../../../lib/middleware/timeout.js';
import { DialError, PoolClosedError, TransportClosedError } from '../../../lib/pool/errors.js';
import type { GetOptions } from '../../../lib/pool/options.js';
import type { VirtualTime } from '../virtual-time.js';
import type { ClusterSettings, ClusterStep } from './cluster-steps.js';
import { MisbehavingNode, type Moods, type NodeWatcher, type SimClient } from './misbehaving-node.js';
import { SimDiscovery } from './sim-discovery.js';

/** What the simulation knows of one call. */
interface SimCall {
  readonly number: number;
  /** Gets per source, since the last run of the function. */
  readonly gets: Map<MisbehavingNode, number>;
  runs: number;
  running: number;
  settled: boolean;
}

/** Whose call asks. One for all runs: each such store slows every promise of the process down. */
const callContext = new AsyncLocalStorage<SimCall>();

/** Longer than every cooldown, hold and pause, and several health checks. */
const RECOVERY_MS = 2_500;

class GivenUp extends Error {}

/** One cluster of misbehaving nodes, its callers and its operator, on simulated time. */
export class ClusterSimulation implements NodeWatcher {
  readonly violations: string[] = [];
  readonly seen = new Map<string, number>();
  readonly #narrate: (line: string) => void;
  readonly #settings: ClusterSettings;
  readonly #time: VirtualTime;
  readonly #cluster: Cluster<SimClient>;
  readonly #discovery = new SimDiscovery();
  readonly #moods = new Map<string, Moods>();
  /** Nodes that are a source. */
  readonly #sources: MisbehavingNode[] = [];
  /** Nodes that are one client for all callers. */
  readonly #shared: MisbehavingNode[] = [];
  readonly #calls: SimCall[] = [];
  /** When an open breaker may let a call through, per node id. */
  readonly #openUntil = new Map<string, number>();

  constructor(settings: ClusterSettings, time: VirtualTime, narrate: (line: string) => void) {
    this.#narrate = narrate;
    this.#settings = settings;
    this.#time = time;
    const {
      retries,
      maxConcurrent,
      callTimeoutMs,
      outlier,
      healthCheck,
      closeTimeoutMs: _closeTimeoutMs,
      recovers: _recovers,
      random: _random,
      ...options
    } = settings;
    this.#cluster = new Cluster<SimClient>({
      ...options,
      name: 'simulated',
      discovery: this.#discovery,
      outlier: outlier ? { consecutiveFailures: 3, baseEjectionMs: 500, intervalMs: 100 } : false,
      healthCheck: healthCheck ? { intervalMs: 200, timeoutMs: 50 } : false,
      connect: ({ id }) => this.#connect(id),
    });
    this.#cluster.on('nodeRemoved', ({ id }) => this.#taken(id));
    this.#cluster.on('breakerOpen', ({ id }) => {
      if (settings.breaker !== false) this.#openUntil.set(id, time.now + settings.breaker.cooldownMs);
    });
    this.#cluster.on('breakerHalfOpen', ({ id }) => this.#openUntil.delete(id));
    for (const event of [
      'breakerOpen',
      'breakerHalfOpen',
      'breakerClose',
      'nodeEjected',
      'nodeRemoved',
      'nodeClosed',
      'discoveryError',
      'healthCheckFailed',
    ] as const) {
      this.#cluster.on(event, () => this.#count(event));
    }
    if (callTimeoutMs > 0) this.#cluster.use(timeout({ timeoutMs: callTimeoutMs }));
    if (retries > 0) this.#cluster.use(retry({ retries, delayMs: 5, budget: false }));
    if (maxConcurrent > 0) this.#cluster.use(bulkhead({ maxConcurrent, maxWaiting: Infinity }));
  }

  async step(step: ClusterStep): Promise<void> {
    switch (step.op) {
      case 'call':
        return this.#call(step);
      case 'borrow':
        return this.#borrow(step);
      case 'mood':
        Object.assign(this.#moodsOf(`n${step.node}`), { get: step.get, fn: step.fn });
        return;
      case 'add':
        return this.#add(`n${step.node}`, step.shared);
      case 'remove':
        void this.#cluster.removeEndpoint(`n${step.node}`);
        return;
      case 'list':
        this.#discovery.give(step.nodes.map((n) => ({ id: `n${n}`, weight: step.weight })));
        return this.#time.settle();
      case 'discoveryFails':
        this.#discovery.fail();
        return this.#time.settle();
      case 'advance':
        return this.#time.advance(step.ms, () => this.check());
    }
  }

  /** What must hold at every moment. */
  check(): void {
    const stats = this.#cluster.stats();
    const active = this.#calls.filter((call) => !call.settled).length;
    if (stats.running !== active) this.violation(`${stats.running} calls running, ${active} not settled`);
    const inFlight = stats.nodes.reduce((sum, node) => sum + node.inFlight, 0);
    const running = this.#calls.reduce((sum, call) => sum + (call.settled ? 0 : call.running), 0);
    if (inFlight < running) this.violation(`${inFlight} in flight, ${running} functions running`);
    if (active === 0 && inFlight !== 0) this.violation(`${inFlight} in flight without a call`);
    for (const { id, inFlight, breaker } of stats.nodes) {
      if (inFlight < 0) this.violation(`${id}: ${inFlight} in flight`);
      if (breaker === 'half-open' && inFlight === 0)
        this.violation(`${id} is half-open and nobody is on trial`);
    }
  }

  /** Every node works again, cooldowns pass and calls come: each node must get one of them. */
  async recover(): Promise<void> {
    this.#heal();
    await this.#time.settle();
    await this.#time.advance(RECOVERY_MS, () => this.check());
    for (const { id, state, breaker, inFlight } of this.#cluster.stats().nodes) {
      if (!['healthy', 'slow-start', 'open', 'half-open'].includes(state)) continue;
      // A call that had waited for its node long may have failed, or be on trial, only just now.
      const isCooling = breaker === 'open' && this.#time.now < (this.#openUntil.get(id) ?? 0);
      if (isCooling || (breaker === 'half-open' && inFlight > 0)) continue;
      const call = this.#newCall();
      const run = () => this.#cluster.do((client) => this.#run(call, client), { endpointId: id });
      this.#settle(call, callContext.run(call, run), false);
      await this.#time.settle();
      if (call.runs === 0)
        this.violation(`${id} is ${state} and is not tried, though its cooldown is over and calls come`);
      else if (breaker === 'open') this.#count('triedAfterCooldown');
    }
  }

  /** The end: everything that hangs lets go, the cluster closes, nothing is left. */
  async end(): Promise<void> {
    const closing = this.#cluster.close({ timeoutMs: this.#settings.closeTimeoutMs });
    let closed = false;
    void closing.then(() => {
      closed = true;
    });
    await this.#time.advance(200, () => {});
    this.#heal();
    await this.#time.settle();
    await this.#time.advance(60_000, () => this.check());
    if (!closed) this.violation('close() never ended');
    for (const call of this.#calls) if (!call.settled) this.violation(`call ${call.number} was lost`);
    for (const source of this.#sources) {
      if (source.lent !== 0) this.violation(`${source.lent} clients of ${source.id} were never given back`);
      if (source.closeCalls !== 1) this.violation(`source of ${source.id} closed ${source.closeCalls} times`);
    }
    if (this.#time.foreignTimers > 0) this.violation(`${this.#time.foreignTimers} timers left`);
    for (const error of this.#time.uncaught) this.violation(`nobody caught: ${String(error)}`);
  }

  /** Everybody works again, and what hangs lets go. */
  #heal(): void {
    for (const moods of this.#moods.values()) Object.assign(moods, { get: 'ok', fn: 'ok' });
    for (const node of [...this.#sources, ...this.#shared]) node.release();
  }

  get isOver(): boolean {
    return this.violations.length > 0;
  }

  violation(what: string): void {
    this.violations.push(`${what} (at ${this.#time.now} ms)`);
  }

  onGet(source: MisbehavingNode, options: GetOptions | undefined): boolean {
    if (source.removed) this.violation(`a new call reached ${source.id} after it was removed`);
    const call = callContext.getStore();
    if (call === undefined || options?.priority === Number.MAX_SAFE_INTEGER) return false;
    const gets = (call.gets.get(source) ?? 0) + 1;
    call.gets.set(source, gets);
    const attempts = this.#settings.retries + 1;
    if (gets > attempts) this.violation(`call ${call.number} asked ${source.id} ${gets} times`);
    const openUntil = this.#openUntil.get(source.id);
    if (openUntil !== undefined && this.#settings.panicThreshold === 0 && this.#time.now < openUntil - 1) {
      this.violation(`call ${call.number} reached ${source.id} through its open breaker`);
    }
    return true;
  }

  #call(step: Extract<ClusterStep, { op: 'call' }>): void {
    const { pin, abortAfterMs, timeoutMs, balancer } = step;
    const controller = abortAfterMs === undefined ? undefined : new AbortController();
    if (controller !== undefined) this.#time.after(abortAfterMs!, () => controller.abort(new GivenUp()));
    const call = this.#newCall();
    const mustRun = pin === undefined && this.#isEasy();
    const promise = callContext.run(call, () =>
      this.#cluster.do((client) => this.#run(call, client), {
        ...(pin === undefined ? {} : { endpointId: `n${pin}` }),
        ...(controller === undefined ? {} : { signal: controller.signal }),
        timeoutMs,
        balancer,
        hashKey: `k${call.number % 7}`,
      }),
    );
    this.#settle(call, promise, mustRun);
  }

  async #run(call: SimCall, { node }: SimClient): Promise<string> {
    call.runs++;
    call.running++;
    if (call.settled) this.violation(`call ${call.number} runs though it has settled`);
    if (call.running > 1) this.violation(`call ${call.number} runs ${call.running} times at once`);
    if (call.runs > this.#settings.retries + 1) this.violation(`call ${call.number} ran ${call.runs} times`);
    try {
      await node.pass(node.moods.fn);
      return node.id;
    } finally {
      call.running--;
    }
  }

  #borrow({ holdMs, ending }: Extract<ClusterStep, { op: 'borrow' }>): void {
    const call = this.#newCall();
    const hold = async () => {
      const transport = await this.#cluster.get();
      await new Promise<void>((resolve) => this.#time.after(holdMs, resolve));
      if (ending === 'mark') transport.markBroken(new Error('marked'));
      if (ending === 'detach') transport.detach();
      else await transport.close(ending === 'broken');
    };
    this.#settle(call, callContext.run(call, hold), false);
  }

  #settle(call: SimCall, promise: Promise<unknown>, mustRun: boolean): void {
    promise.then(
      () => {
        call.settled = true;
        this.#count('good');
      },
      (error: unknown) => {
        call.settled = true;
        this.#count((error as Error).constructor.name);
        if (error instanceof NoAvailableClientError && mustRun)
          this.violation(`easy call ${call.number}: ${error.message}`);
        const known = [
          NoAvailableClientError,
          PoolClosedError,
          CallTimeoutError,
          GivenUp,
          DialError,
          TransportClosedError,
        ];
        if (!known.some((type) => error instanceof type))
          this.violation(`call ${call.number}: ${String(error)}`);
      },
    );
  }

  /** Whether a call of now has a node to go to and nothing in its way. */
  #isEasy(): boolean {
    const { nodes } = this.#cluster.stats();
    return (
      this.#settings.retries === 0 &&
      this.#settings.maxConcurrent === 0 &&
      nodes.some((node) => node.available) &&
      nodes.every((node) => this.#moodsOf(node.id).get === 'ok')
    );
  }

  #newCall(): SimCall {
    const call = { number: this.#calls.length, gets: new Map(), runs: 0, running: 0, settled: false };
    this.#calls.push(call);
    return call;
  }

  #add(id: string, shared: boolean): void {
    if (this.#cluster.stats().nodes.some((node) => node.id === id && node.state !== 'draining')) return;
    if (!shared) {
      this.#cluster.addEndpoint({ id });
      return;
    }
    const node = new MisbehavingNode(id, this.#moodsOf(id), this);
    this.#shared.push(node);
    this.#cluster.addClient({ node }, { id });
  }

  #connect(id: string): MisbehavingNode {
    const source = new MisbehavingNode(id, this.#moodsOf(id), this);
    this.#sources.push(source);
    return source;
  }

  #taken(id: string): void {
    for (const source of this.#sources) if (source.id === id) source.removed = true;
    this.#openUntil.delete(id);
  }

  #moodsOf(id: string): Moods {
    let moods = this.#moods.get(id);
    if (moods === undefined) {
      moods = { get: 'ok', fn: 'ok' };
      this.#moods.set(id, moods);
    }
    return moods;
  }

  #count(what: string): void {
    this.#narrate(`${this.#time.now} ms: ${what}`);
    this.seen.set(what, (this.seen.get(what) ?? 0) + 1);
  }
}
