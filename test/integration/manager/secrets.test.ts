import assert from 'node:assert/strict';
import { loadConfig } from '../../../lib/manager/config/load-config.js';
import { type ConsulAgent, requireConsul } from '../../support/consul-agent.js';
import { makeAuthority } from '../../support/tls.js';
import { waitFor } from '../../support/wait-for.js';
import { type CliProcess, startCli } from '../cli/cli-process.js';
import { EventReader } from './event-reader.js';
import { failureOf, smallPool, staticAt, Testing } from './fixture.js';

const test = new Testing();

const SECRETS = {
  CONSUL_TOKEN: '5ec2e700-0000-4000-8000-00000000cafe',
  WRONG_TOKEN: '5ec2e700-0000-4000-8000-00000000dead',
  ADMIN_TOKEN: 'secret-of-the-admin',
  ETCD_PASSWORD: 'secret-of-etcd',
};

describe('the secrets of a config', () => {
  let agent: ConsulAgent;
  /** Everything that anybody was ever told. */
  let told: [where: string, text: string][];

  before(async function () {
    agent = await requireConsul(this, { masterToken: SECRETS.CONSUL_TOKEN });
  });
  after(() => agent?.stop());
  beforeEach(async () => {
    await test.begin();
    told = [];
  });
  afterEach(() => test.end());

  function start(...args: string[]): CliProcess {
    const cli = startCli(args, { ...SECRETS, DEBUG: 'connpool:*', DEBUG_HIDE_DATE: '1' });
    test.atEnd(async () => {
      cli.child.kill('SIGKILL');
      await cli.ended;
    });
    return cli;
  }

  async function run(...args: string[]): Promise<number | null> {
    const { exitCode, stdout, stderr } = await start(...args).ended;
    told.push([`${args[0]} ${args.at(-1)}`, stdout + stderr]);
    return exitCode;
  }

  function assertNothingTold(secrets: readonly string[]): void {
    assert.ok(told.length > 0);
    for (const [where, text] of told) {
      for (const secret of secrets)
        assert.ok(!text.includes(secret), `${where} tells '${secret}':\n${text.slice(0, 5_000)}`);
    }
  }

  it('are in no answer, event, log or output', async () => {
    const server = await test.grpc();
    const { cert, key } = await (await makeAuthority('ca')).issue({ commonName: 'client' });
    await Promise.all([test.write('cert.pem', cert), test.write('key.pem', key)]);
    const keyText = key.split('\n').filter((line) => !line.includes('-----'))[0]!;
    await agent.api.register({ ID: 'u1', Name: 'users', Address: '127.0.0.1', Port: server.port });
    const consul = { type: 'consul', address: agent.address, service: 'users' } as const;
    const config = {
      services: {
        users: { discovery: { ...consul, token: '${CONSUL_TOKEN}' }, pool: smallPool },
        locked: { discovery: { ...consul, token: '${WRONG_TOKEN}' }, pool: smallPool },
        etcd: {
          discovery: {
            type: 'etcd',
            hosts: ['127.0.0.1:1'],
            prefix: '/s/',
            username: 'u',
            password: '${ETCD_PASSWORD}',
          },
        },
        secure: { discovery: staticAt(server), pool: smallPool, tls: { cert: 'cert.pem', key: 'key.pem' } },
        mixed: { discovery: staticAt(server), tls: { cert: 'key.pem', key: 'key.pem' } },
      },
      admin: { port: 0, token: '${ADMIN_TOKEN}' },
    };
    const file = await test.write('connpool.json', config);
    const manager = start('start', '-c', file);
    const url = (await manager.saw(/services, (http:\S+)/))[1]!;
    const headers = { authorization: `Bearer ${SECRETS.ADMIN_TOKEN}` };
    const tell = async (path: string) => {
      const text = await (await fetch(`${url}${path}`, { headers })).text();
      told.push([path, text]);
      return text;
    };
    await waitFor('every service to be where it will be', async () => {
      const { services } = JSON.parse(await tell('/health'));
      return (
        services.users.state === 'ready' &&
        /403/.test(services.locked.reason) &&
        /ECONNREFUSED/.test(services.etcd.reason) &&
        services.secure.state === 'starting' &&
        services.secure.reason.includes('failed') &&
        services.mixed.reason.includes('there is no certificate in')
      );
    });
    for (const path of ['/', '/metrics', '/stats', '/nothing', '/health?service=locked']) await tell(path);
    told.push([
      'refusal',
      await (await fetch(`${url}/stats`, { headers: { authorization: 'Bearer x' } })).text(),
    ]);

    const reader = await EventReader.open(`${url}/events`, { headers });
    for (const event of ['config', 'recent', 'snapshot']) {
      const text = JSON.stringify(await reader.next(event));
      if (event === 'config') assert.match(text, /"token":"\*\*\*".*"password":"\*\*\*"/);
      told.push([`/events: ${event}`, text]);
    }
    await reader.close();

    const target = ['--url', url, '--token', SECRETS.ADMIN_TOKEN];
    const exitCodes = await Promise.all([
      run('stats', ...target),
      run('stats', ...target, '--json'),
      run('health', ...target),
      run('health', ...target.slice(0, -1), `${SECRETS.ADMIN_TOKEN}x`),
      run('check', file, '--json'),
    ]);
    assert.deepEqual(exitCodes, [0, 0, 1, 2, 0]);

    // Changes everything, so that the logs have it all.
    await test.write('connpool.json', { ...config, services: { users: config.services.users } });
    await manager.saw(/config reloaded/);
    await test.write('connpool.json', JSON.stringify(config).replace('${ADMIN_TOKEN}', '${ADMIN_TOKEN}\n'));
    await manager.saw(/the new config is refused/);
    manager.child.kill('SIGTERM');
    const { exitCode, stdout, stderr } = await manager.ended;
    assert.equal(exitCode, 0, stderr);
    assert.match(stderr, /connpool:cluster/, 'the debug lines are there');
    told.push(['start', stdout + stderr]);
    assertNothingTold([...Object.values(SECRETS), keyText, '-----BEGIN']);
  });

  it('are in no message about a config that cannot be used', async () => {
    const secret = 'hunter2';
    const pem = `-----BEGIN PRIVATE KEY-----\n${secret}`;
    const texts: [name: string, text: string, message: RegExp][] = [
      ['broken.json', `{"admin": {"token": "${secret}" "port": 1}}`, /line 1, column 31: Expected ','/],
      ['text.json', `{"admin": {"token": ${secret}}}`, /not valid JSON: Unexpected token 'h'/],
      ['alone.json', `"${secret}"`, /must be an object, got a value that is not shown/],
      ['broken.yaml', `admin:\n  token: "${secret}" ${secret}\n`, /line 2, column \d+: Unexpected scalar/],
      ['alias.yaml', `admin: { token: *${secret} }\n`, /Unresolved alias/],
      [
        'number.yaml',
        'admin: { token: 4815162342 }\n',
        /admin\.token: must be a non-empty string, got a value/,
      ],
      [
        'wrong.json',
        JSON.stringify({
          services: {
            a: {
              discovery: { type: 'consul', service: 's', token: `${secret} ${secret}` },
              tls: { cert: 'cert.pem', key: pem },
            },
            b: { discovery: { type: 'etcd', hosts: [`http://u:${secret}@h:1`], prefix: 'p' } },
            c: {
              discovery: { type: 'etcd', hosts: ['h:1'], prefix: 'p', username: 'u', password: [secret] },
            },
          },
        }),
        /services\.a\.tls\.key: must be the path of a file, got a value that is not shown/,
      ],
      [
        'crossed.json',
        JSON.stringify({
          services: {
            a: { discovery: { type: 'consul', service: 's', token: `${secret} ${secret}` } },
            b: { discovery: { type: 'etcd', hosts: [`http://u:${secret}@h:1`], prefix: 'p' } },
          },
        }),
        /discovery\.token: must be a string of visible ASCII[\s\S]*discovery\.hosts\[0\]: must be without user/,
      ],
    ];
    for (const [name, text, message] of texts) {
      const error = await failureOf(loadConfig(await test.write(name, text)));
      told.push([name, `${error.stack} ${JSON.stringify(error)}`]);
      assert.match(error.message, message);
    }
    assertNothingTold([secret, '4815162342']);
  });
});
