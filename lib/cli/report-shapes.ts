import type { HealthReport, StatsReport } from '../manager/admin/reports.js';

/** What `typeof` gives, a list of such, or an object; keys that end in `?` may be missing, `*` stands for every key. */
type Shape = 'string' | 'number' | readonly [Shape] | { readonly [key: string]: Shape };

const NODE: Shape = {
  id: 'string',
  state: 'string',
  weight: 'number',
  inFlight: 'number',
  calls: 'number',
  failures: 'number',
  source: { inUse: 'number', idle: 'number', dialing: 'number', waiting: 'number' },
};
const STATS: Shape = {
  services: [
    {
      name: 'string',
      protocol: 'string',
      state: 'string',
      'reason?': 'string',
      calls: { calls: 'number', failures: 'number', 'latencyMs?': { p50: 'number', p99: 'number' } },
      'cluster?': { nodes: [NODE] },
    },
  ],
};
const HEALTH: Shape = { status: 'string', services: { '*': { state: 'string', 'reason?': 'string' } } };

/** Whether an answer is one of an admin server's `/stats`: anything may listen at the address. */
export function isStatsReport(answer: unknown): answer is StatsReport {
  return fits(answer, STATS);
}

/** Whether an answer is one of an admin server's `/health`. */
export function isHealthReport(answer: unknown): answer is HealthReport {
  return fits(answer, HEALTH);
}

function fits(value: unknown, shape: Shape): boolean {
  if (typeof shape === 'string') return typeof value === shape;
  if (typeof value !== 'object' || value === null) return false;
  if (isList(shape)) return Array.isArray(value) && value.every((each) => fits(each, shape[0]));
  if (Array.isArray(value)) return false;
  const own = value as Readonly<Record<string, unknown>>;
  return Object.entries(shape).every(([key, inner]) => {
    if (key === '*') return Object.values(own).every((each) => fits(each, inner));
    if (!key.endsWith('?')) return fits(own[key], inner);
    const found = own[key.slice(0, -1)];
    return found === undefined || fits(found, inner);
  });
}

function isList(shape: Shape): shape is readonly [Shape] {
  return Array.isArray(shape);
}
