import type { ConfigIssue } from './config-error.js';
import { shown } from './config-path.js';
import { isLoopback } from './loopback.js';
import type { AdminConfig } from './schema.js';
import { type SoundObject, WRONG } from './sound-parts.js';

/** The other things that the admin server serves. */
const TAKEN_PATHS: ReadonlySet<string> = new Set(['/health', '/stats', '/events']);

/** What contradicts itself in the section of the admin server. */
export function checkAdmin({
  host,
  token,
  allowInsecure,
  metricsPath,
}: SoundObject<AdminConfig>): ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  if (host !== WRONG) {
    if (/^\[.*\]$/.test(host)) {
      issues.push({ path: 'admin.host', message: `must be without brackets, got '${shown(host)}'` });
    } else if (token === undefined && allowInsecure === false && !isLoopback(host)) {
      issues.push({
        path: 'admin.token',
        message: `must be given: other machines may reach '${shown(host)}' (or set admin.allowInsecure: true)`,
      });
    }
  }
  if (metricsPath !== WRONG) issues.push(...checkMetricsPath(metricsPath));
  return issues;
}

function checkMetricsPath(path: string): ConfigIssue[] {
  if (!/^(?:\/[\w.~-]+)+$/.test(path)) {
    return [
      { path: 'admin.metricsPath', message: `must be a path such as '/metrics', got '${shown(path)}'` },
    ];
  }
  if (!TAKEN_PATHS.has(path) && !path.startsWith('/assets/')) return [];
  const message = `must be a path that is free, got '${path}', where something else is served`;
  return [{ path: 'admin.metricsPath', message }];
}
