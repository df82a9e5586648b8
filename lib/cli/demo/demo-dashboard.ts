import type { AdminServer } from '../../manager/admin/admin-server.js';
import type { DemoView } from './demo-view.js';

/** Serves the dashboard on a free port of loopback. */
export async function startDashboard(view: DemoView): Promise<AdminServer> {
  const { AdminServer } = await import('../../manager/admin/admin-server.js');
  const admin = new AdminServer(view, {
    host: '127.0.0.1',
    port: 0,
    metricsPath: '/metrics',
    allowInsecure: false,
  });
  await admin.start();
  return admin;
}
