/** What one round came to. */
export interface Sample {
  /** Per operation: ns, or bytes. */
  readonly value: number;
  /** Processor time per operation, ns, of all threads of the process: garbage collection included. */
  readonly cpu: number;
}

/** Runs `work`, which does `operations` operations, and says what one of them took. */
export async function timed(operations: number, work: () => Promise<void>): Promise<Sample> {
  const cpuBefore = process.cpuUsage();
  const from = process.hrtime.bigint();
  await work();
  const ns = Number(process.hrtime.bigint() - from);
  const cpu = process.cpuUsage(cpuBefore);
  return { value: ns / operations, cpu: ((cpu.user + cpu.system) * 1_000) / operations };
}
