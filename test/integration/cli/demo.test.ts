import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { startServerProcess } from '../../../examples/thrift/server-process.js';
import type { Summary } from '../../../lib/cli/demo/summary.js';
import type { StatsReport } from '../../../lib/manager/admin/reports.js';
import { waitFor, within } from '../../support/wait-for.js';
import { type CliProcess, startCli } from './cli-process.js';

/** The dashboard's address, as the demo prints it. */
async function dashboardOf(demo: CliProcess): Promise<string> {
  const [, url = ''] = await demo.saw(/dashboard: (http:\/\/127\.0\.0\.1:\d+)\//);
  return url;
}

async function statesOf(url: string): Promise<string[]> {
  const { services } = (await (await fetch(`${url}/stats`)).json()) as StatsReport;
  return services[0]!.cluster!.nodes.map(({ state }) => state);
}

describe('connpool demo', function () {
  this.timeout(40_000);

  it('serves the dashboard, metrics and health while it runs, and shows the crash', async () => {
    const demo = startCli(['demo', '--duration', '4', '--concurrency', '16', '--json']);
    const url = await dashboardOf(demo);
    const page = await (await fetch(`${url}/`)).text();
    assert.match(page, /<title>/);
    assert.equal((await fetch(`${url}/health`)).status, 200);
    assert.deepEqual(await statesOf(url), ['healthy', 'healthy', 'healthy']);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    assert.match(metrics, /^connpool_\w+\{.*\} \d+$/m);

    await demo.saw(/one service was killed in mid-call/);
    await waitFor('a breaker opens', async () => (await statesOf(url)).includes('open'));
    assert.equal((await fetch(`${url}/health`)).status, 200, 'two of three services are left');
    await demo.saw(/it is back/);
    await waitFor('all are healthy again', async () => {
      return (await statesOf(url)).every((state) => state === 'healthy');
    });
    const { exitCode, stdout } = await demo.ended;
    assert.equal(exitCode, 0);
    assert.equal((JSON.parse(stdout) as Summary).serverRestarts, 1);
    await assert.rejects(fetch(url), 'the dashboard ends with the demo');
  });

  it('tells of the crash in the stream of events', async () => {
    const demo = startCli(['demo', '--duration', '3', '--concurrency', '8', '--json']);
    const response = await fetch(`${await dashboardOf(demo)}/events`);
    let stream = '';
    for await (const chunk of response.body!) stream += Buffer.from(chunk).toString();
    for (const event of ['serverKilled', 'breakerOpen', 'serverStarted']) {
      assert.match(stream, new RegExp(`"event":"${event}"`));
    }
    assert.match(stream, /event: snapshot/);
    assert.equal((await demo.ended).exitCode, 0);
  });

  it('has no dashboard when told so', async () => {
    const { exitCode, stdout } = await startCli(['demo', '--duration', '0.5', '--no-dashboard']).ended;
    assert.equal(exitCode, 0);
    assert.doesNotMatch(stdout, /dashboard/);
  });

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`ends early on ${signal}, with its summary and no service left behind`, async () => {
      const demo = startCli(['demo', '--duration', '600', '--concurrency', '8', '--servers', '2']);
      const [, ports = ''] = await demo.saw(/connections to each of (.*) for 600 s/);
      await demo.saw(/calls\/s/);
      demo.child.kill(signal);
      const { exitCode, stdout } = await within('the demo ends', demo.ended);
      assert.equal(exitCode, 0);
      assert.match(stdout, /Calls +\d+ started = \d+ results \+ \d+ errors, 0 lost/);
      assert.match(stdout, /server restarted 0 time/);
      for (const address of ports.split(', ')) {
        await assert.rejects(fetch(`http://${address}`), (error: Error) =>
          /ECONNREFUSED/.test(String((error.cause as Error | undefined)?.message)),
        );
      }
    });
  }

  it('leaves no service behind when it is killed', async () => {
    const demo = startCli([
      'demo',
      '--duration',
      '600',
      '--concurrency',
      '1',
      '--servers',
      '1',
      '--no-dashboard',
    ]);
    const [, address = ''] = await demo.saw(/connections to (.*) for 600 s/);
    demo.child.kill('SIGKILL');
    await demo.ended;
    await waitFor('the service ends with the demo', async () => {
      await pause(20);
      return fetch(`http://${address}`, { signal: AbortSignal.timeout(500) }).then(
        () => false,
        (error: Error) => /ECONNREFUSED/.test(String((error.cause as Error | undefined)?.message)),
      );
    });
  });

  it('understands the service of examples/thrift, made by the Thrift compiler', async () => {
    const server = await startServerProcess('--port', '0');
    try {
      const flags = ['--port', server.address, '--duration', '0.5', '--json', '--no-dashboard'];
      const { exitCode, stdout } = await startCli(['demo', ...flags]).ended;
      const { calls, errorsByKind, servers } = JSON.parse(stdout) as Summary;
      assert.equal(exitCode, 0);
      assert.equal(servers, 1);
      assert.ok(calls.results > 100);
      assert.deepEqual(Object.keys(errorsByKind), ['EchoError'], 'the declared exception arrives as itself');
    } finally {
      await server.stop();
    }
  });
});
