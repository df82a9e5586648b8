import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../../support/free-ports.js';
import { TcpServer } from '../../support/tcp-server.js';
import { cli } from './cli-process.js';
import { configOf, startManager } from './running-manager.js';

describe('connpool start and check', function () {
  this.timeout(30_000);
  let folder: string;

  const file = async (name: string, text: string) => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'connpool-start-'));
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('starts on the port of the flag, says where it is, and stops with 0 on SIGTERM', async () => {
    await using server = await TcpServer.start();
    const [port = 0] = await freePorts(1);
    const manager = await startManager({ users: server.port }, { flags: ['--port', String(port)] });
    assert.equal(manager.url, `http://127.0.0.1:${port}`, 'the flag wins over the file');
    const { exitCode, stdout, stderr } = await manager.stop();
    assert.equal(exitCode, 0);
    assert.equal(stdout, '');
    assert.match(stderr, /^\d{4}-\d\d-\d\dT\S+ connpool: 1 service, http:/);
    assert.match(stderr, / connpool: stopped\n$/);
  });

  it('says what a changed config has changed, and refuses a broken one whole', async () => {
    await using server = await TcpServer.start();
    const manager = await startManager({ users: server.port });
    await writeFile(manager.configFile, JSON.stringify(configOf({ users: server.port, more: server.port })));
    await manager.process.saw(/config reloaded: added more/);
    await writeFile(manager.configFile, '{ "services": { "users": { "protocol": "smtp" } } }');
    await manager.process.saw(/the new config is refused, the old one stays: .*protocol/s);
    assert.equal((await manager.stop()).exitCode, 0);
  });

  it('ends with 1 and every fault of the config', async () => {
    const faults = { services: { a: { protocol: 'smtp', discovery: { type: 'static', endpoints: [] } } } };
    const path = await file('faults.json', JSON.stringify(faults));
    for (const args of [
      ['start', '-c', path],
      ['check', path],
    ]) {
      const { exitCode, stdout, stderr } = await cli(...args);
      assert.equal(exitCode, 1, args.join(' '));
      assert.equal(stdout, '');
      assert.match(stderr, /faults\.json/);
      assert.match(stderr, /services\.a\.protocol: must be one of grpc, thrift, tcp/);
      assert.match(stderr, /services\.a\.discovery\.endpoints: must name an endpoint/);
    }
  });

  it('check says that a config can be used, YAML too, and shows it with its secrets hidden', async () => {
    const yaml =
      'services:\n  users:\n    protocol: tcp\n    discovery: { type: static, endpoints: ["127.0.0.1:1"] }\n';
    const path = await file('good.yaml', `${yaml}admin: { token: open-sesame }\n`);
    const plain = await cli('check', path);
    assert.equal(plain.exitCode, 0, plain.stderr);
    assert.equal(plain.stdout, `${path} can be used: 1 service (users)\n`);
    const { exitCode, stdout } = await cli('check', path, '--json');
    assert.equal(exitCode, 0);
    assert.equal(JSON.parse(stdout).services.users.protocol, 'tcp');
    assert.ok(!stdout.includes('open-sesame'));
    const empty = await file('empty.json', '{"services": {}}');
    assert.equal((await cli('check', empty)).stdout, `${empty} can be used: no services\n`);
  });

  it('check ends with an error for a file that is not there', async () => {
    const { exitCode, stderr } = await cli('check', join(folder, 'nothing.yaml'));
    assert.notEqual(exitCode, 0);
    assert.match(stderr, /nothing\.yaml/);
  });
});
