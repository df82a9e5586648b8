import { readFileSync } from 'node:fs';

/** A query of the Grafana dashboard. */
export interface GrafanaQuery {
  readonly panel: string;
  /** With the dashboard's variables filled in. */
  readonly expr: string;
  /** Labels that its legend names. */
  readonly legendLabels: readonly string[];
}

interface Panel {
  readonly title: string;
  readonly targets?: readonly { expr: string; legendFormat: string }[];
}

/** Every query of the dashboard, for services whose metrics have this prefix. */
export function grafanaQueries(prefix: string): GrafanaQuery[] {
  const file = new URL('../../../deploy/grafana/connpool.json', import.meta.url);
  const { panels } = JSON.parse(readFileSync(file, 'utf8')) as { panels: Panel[] };
  return panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr, legendFormat }) => ({
      panel: title,
      expr: expr
        .replaceAll('${prefix}', prefix)
        .replaceAll('$cluster', 'users')
        .replaceAll('$__rate_interval', '1m'),
      legendLabels: [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label!),
    })),
  );
}
