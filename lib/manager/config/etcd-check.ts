import { etcdHost, etcdHosts } from '../../discovery/etcd/etcd-hosts.js';
import type { ConfigIssue } from './config-error.js';
import { refusal } from './refusal.js';
import type { ServiceConfig } from './schema.js';

type EtcdConfig = Extract<ServiceConfig['discovery'], { type: 'etcd' }>;

/** What contradicts itself in a section of etcd. Not found out by making a source: that needs optional packages. */
export function checkEtcd({ hosts, username, password, tls }: EtcdConfig): ConfigIssue[] {
  const isTls = tls !== undefined;
  const issues = hosts.flatMap((host, i) => refusal(() => etcdHost(host, `hosts[${i}]`, isTls)));
  if ((username === undefined) !== (password === undefined)) {
    const [missing, given] = username === undefined ? ['username', 'password'] : ['password', 'username'];
    issues.push({ path: `discovery.${missing}`, message: `must be given, because ${given} is` });
  }
  return issues.length > 0 ? issues : refusal(() => etcdHosts(hosts, isTls));
}
