/** Options already warned of: once per process and name is enough, however many pools are made. */
const warned = new Set<string>();

/** Says, as a process warning, that something a caller passed is without effect. */
export function warnOnce(option: string, why: string): void {
  if (warned.has(option)) return;
  warned.add(option);
  process.emitWarning(`generic-pool option '${option}' ${why}`, {
    type: 'ConnPoolWarning',
    code: 'CONNPOOL_GENERIC_POOL_OPTION',
  });
}
