import createDebug from 'debug';
import { Hono } from 'hono';
import { secureHeaders } from 'hono/secure-headers';
import type { Registry } from 'prom-client';
import type { AdminConfig } from '../config/schema.js';
import type { ManagerView } from '../manager-view.js';
import { checkHost, checkToken } from './access.js';
import { asset } from './assets.js';
import type { CallMeter } from './call-meter.js';
import { eventStream } from './event-stream.js';
import type { RecentEvents } from './recent-events.js';
import { healthReport, statsReport } from './reports.js';

const log = createDebug('connpool:manager');

/** What the routes read. */
export interface AdminSources {
  readonly view: ManagerView;
  readonly meter: CallMeter;
  readonly events: RecentEvents;
  readonly register: Registry;
  /** Aborts when the server stops. */
  readonly signal: AbortSignal;
}

/** The routes of the admin server. The dashboard's own files say nothing of the services, so they need no token. */
export function adminApp(config: AdminConfig, { view, meter, events, register, signal }: AdminSources): Hono {
  const app = new Hono();
  app.use(secureHeaders({ contentSecurityPolicy: { defaultSrc: ["'self'"], frameAncestors: ["'none'"] } }));
  app.use(checkHost(config));
  app.get('/', (c) => sendAsset(c.body.bind(c), 'index.html'));
  app.get('/assets/:name{.+}', (c) => sendAsset(c.body.bind(c), c.req.param('name')));

  app.use(checkToken(config));
  app.get(config.metricsPath, async (c) =>
    c.body(await register.metrics(), 200, { 'content-type': register.contentType }),
  );
  app.get('/health', (c) => {
    const service = c.req.query('service');
    if (isUnknown(view, service)) return c.json({ error: `there is no service '${service}'` }, 404);
    const report = healthReport(view, service);
    return c.json(report, report.status === 'ok' ? 200 : 503);
  });
  app.get('/stats', async (c) => {
    const service = c.req.query('service');
    if (isUnknown(view, service)) return c.json({ error: `there is no service '${service}'` }, 404);
    return c.json(await statsReport(view, meter, service));
  });
  app.get('/events', (c) =>
    eventStream(c, {
      events,
      signal,
      stats: () => statsReport(view, meter),
      config: () => view.effectiveConfig(),
    }),
  );
  app.onError((error, c) => {
    log('%s %s failed: %s', c.req.method, c.req.path, error);
    return c.json({ error: 'the server failed at that' }, 500);
  });
  app.notFound((c) => c.json({ error: `there is nothing at ${c.req.path}` }, 404));
  return app;
}

async function sendAsset(
  send: (
    body: Uint8Array<ArrayBuffer> | string,
    status: 200 | 404,
    headers?: Record<string, string>,
  ) => Response,
  name: string,
): Promise<Response> {
  const found = await asset(name);
  if (found === undefined) return send(`there is no '${name}'`, 404);
  return send(found.body, 200, { 'content-type': found.type, 'cache-control': 'no-cache' });
}

function isUnknown(view: ManagerView, service: string | undefined): boolean {
  return service !== undefined && !view.services().some(({ name }) => name === service);
}
