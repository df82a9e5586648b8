import { beforeEach } from 'mocha';
import { type EtcdDiscoveryOptions, etcdDiscovery } from '../../../lib/discovery/etcd/index.js';
import { Cleanup } from '../../support/cleanup.js';
import type { EtcdServer } from '../../support/etcd-server.js';
import { FaultProxy } from '../../support/fault-proxy.js';
import { Watched } from './watched.js';

let runs = 0;

/** What the tests of one `describe` block share: a prefix for each, and everything ended after each. */
export class EtcdFixture {
  /** The keys of the test that runs. */
  prefix = '';
  readonly cleanup = new Cleanup();

  constructor(private readonly etcd: () => EtcdServer) {
    beforeEach(() => {
      this.prefix = `/services/${++runs}/`;
    });
  }

  /** Watches the test's keys. */
  watch(options: Partial<EtcdDiscoveryOptions> = {}): Watched {
    const { address } = this.etcd();
    const source = etcdDiscovery({ hosts: address, prefix: this.prefix, ...options });
    return this.cleanup.add(new Watched(source));
  }

  /** Something that can hurt what passes between a watch and etcd. */
  async proxy(): Promise<FaultProxy> {
    return this.cleanup.add(await FaultProxy.start(this.etcd()));
  }

  put(id: string, more: object = {}, lease?: string): Promise<number> {
    return this.etcd().api.put(this.prefix + id, { id, host: '10.0.0.1', port: 9090, ...more }, lease);
  }

  delete(id: string): Promise<number> {
    return this.etcd().api.delete(this.prefix + id);
  }
}
