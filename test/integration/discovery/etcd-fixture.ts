import { afterEach, beforeEach } from 'mocha';
import { type EtcdDiscoveryOptions, etcdDiscovery } from '../../../lib/discovery/etcd/index.js';
import type { EtcdServer } from '../../support/etcd-server.js';
import { FaultProxy } from '../../support/fault-proxy.js';
import { type RecordedHandles, recordHandles } from '../../support/handles.js';
import { Watched } from './watched.js';

let runs = 0;

/** What the tests of one `describe` block share: a prefix for each, and everything ended after each. */
export class EtcdFixture {
  /** The keys of the test that runs. */
  prefix = '';
  #closers: (() => Promise<unknown>)[] = [];
  #handles: RecordedHandles | undefined;

  constructor(private readonly etcd: () => EtcdServer) {
    beforeEach(async () => {
      this.prefix = `/services/${++runs}/`;
      this.#closers = [];
      // After an await, so that mocha's own timer of this hook is counted too.
      await null;
      this.#handles = recordHandles();
    });
    afterEach(async () => {
      for (const close of this.#closers.reverse()) await close();
      await this.#handles?.assertNoneLeft();
    });
  }

  /** Watches the test's keys. */
  watch(options: Partial<EtcdDiscoveryOptions> = {}): Watched {
    const { address } = this.etcd();
    const watched = new Watched(etcdDiscovery({ hosts: address, prefix: this.prefix, ...options }));
    this.endAfter(() => watched.stop());
    return watched;
  }

  /** Something that can hurt what passes between a watch and etcd. */
  async proxy(): Promise<FaultProxy> {
    const { host, port } = this.etcd();
    const proxy = await FaultProxy.start({ host, port });
    this.endAfter(() => proxy.close());
    return proxy;
  }

  /** Ends it after the test; what is named last is ended first. */
  endAfter(close: () => Promise<unknown>): void {
    this.#closers.push(close);
  }

  put(id: string, more: object = {}, lease?: string): Promise<number> {
    return this.etcd().api.put(this.prefix + id, { id, host: '10.0.0.1', port: 9090, ...more }, lease);
  }

  delete(id: string): Promise<number> {
    return this.etcd().api.delete(this.prefix + id);
  }
}
