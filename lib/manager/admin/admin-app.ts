import createDebug from 'debug';
import { type Context, type Handler, Hono } from 'hono';
import type { Registry } from 'prom-client';
import type { AdminConfig } from '../config/schema.js';
import { UnknownServiceError } from '../errors.js';
import type { ManagerView } from '../manager-view.js';
import { checkHost, checkToken } from './access.js';
import { asset } from './assets.js';
import type { CallMeter } from './call-meter.js';
import { eventStream } from './event-stream.js';
import { keepNothing, tellBrowsers } from './headers.js';
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
  const serve = (path: string, handler: Handler) => app.get(path, handler).all(path, refuseMethod);
  app.use(tellBrowsers, checkHost(config));
  serve('/', (c) => sendPage(c, config.token !== undefined));
  serve('/assets/:name{.+}', (c) => sendAsset(c, c.req.param('name') ?? ''));

  app.use(keepNothing, checkToken(config));
  serve(config.metricsPath, async (c) =>
    c.body(await register.metrics(), 200, { 'content-type': register.contentType }),
  );
  serve('/health', (c) =>
    ofService(c, view, (service) => {
      const report = healthReport(view, service);
      return c.json(report, report.status === 'ok' ? 200 : 503);
    }),
  );
  serve('/stats', (c) =>
    ofService(c, view, async (service) => c.json(await statsReport(view, meter, service))),
  );
  const stats = () => statsReport(view, meter);
  serve('/events', (c) => eventStream(c, { events, signal, stats, config: () => view.effectiveConfig() }));
  app.onError((error, c) => {
    log('%s %s failed: %s', c.req.method, c.req.path, error);
    return c.json({ error: 'the server failed at that' }, 500);
  });
  const paths = ['/', '/health', '/stats', '/events', config.metricsPath].join(', ');
  app.notFound((c) => c.json({ error: `there is nothing at ${c.req.path}, only at ${paths}` }, 404));
  return app;
}

const refuseMethod: Handler = (c) =>
  c.json({ error: `${c.req.method} ${c.req.path}: it can only be read, with GET or HEAD` }, 405, {
    Allow: 'GET, HEAD',
  });

/** The page learns whether it needs a token, so that it does not have to be refused first. */
async function sendPage(c: Context, isLocked: boolean): Promise<Response> {
  const response = await sendAsset(c, 'index.html');
  if (!isLocked) return response;
  const page = await response.text();
  return new Response(page.replace('<html ', '<html data-locked '), response);
}

async function sendAsset(c: Context, name: string): Promise<Response> {
  const found = await asset(name);
  if (found === undefined) return c.body(`there is no '${name}'`, 404);
  return c.body(found.body, 200, { 'content-type': found.type, 'cache-control': 'no-cache' });
}

/** Answers for the service that the query names, or for all when it names none. */
function ofService(
  c: Context,
  view: ManagerView,
  answer: (service: string | undefined) => Response | Promise<Response>,
): Response | Promise<Response> {
  const [service, ...more] = c.req.queries('service') ?? [];
  if (more.length > 0) return c.json({ error: "the parameter 'service' must be given once" }, 400);
  if (service === undefined) return answer(undefined);
  const known = view.services().map(({ name }) => name);
  if (known.includes(service)) return answer(service);
  return c.json({ error: new UnknownServiceError(service, known).message }, 404);
}
