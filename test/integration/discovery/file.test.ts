import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { watch as watchFolder } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Cluster } from '../../../lib/cluster/index.js';
import { type FileDiscoveryOptions, fileDiscovery } from '../../../lib/discovery/file-discovery.js';
import { sharedClient } from '../../../lib/pool/shared-client.js';
import { Cleanup } from '../../support/cleanup.js';
import { waitFor, within } from '../../support/wait-for.js';
import { Watched } from './watched.js';

const listOf = (...ids: string[]) => ids.map((id) => ({ id, host: '127.0.0.1', port: 7000 }));
const json = (...ids: string[]) => JSON.stringify(listOf(...ids));

describe('fileDiscovery', () => {
  let folder: string;
  let file: string;
  const cleanup = new Cleanup();

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'connpool-file-'));
    file = join(folder, 'endpoints.json');
  });
  afterEach(async () => {
    await rm(folder, { recursive: true });
  });

  /** By default so that only the operating system can tell of changes in time. */
  function watch(path = file, options: FileDiscoveryOptions = { pollIntervalMs: 3_600_000 }): Watched {
    return cleanup.add(new Watched(fileDiscovery(path, options)));
  }
  async function replace(path: string, content: string): Promise<void> {
    await writeFile(`${path}.new`, content);
    await rename(`${path}.new`, path);
  }

  it('reads a list, or an object with a list, and follows what is written in place', async () => {
    await writeFile(file, json('a', 'b'));
    const watched = watch();
    await watched.sees(['a', 'b']);
    assert.deepEqual(watched.list, listOf('a', 'b'));
    await writeFile(file, JSON.stringify({ endpoints: listOf('c'), comment: 'not ours' }));
    await watched.sees(['c']);
    assert.deepEqual(watched.errors, []);
  });

  it('reads YAML', async () => {
    const path = join(folder, 'endpoints.yaml');
    await writeFile(path, 'endpoints:\n  - id: a\n    host: 127.0.0.1\n    port: 7000\n    weight: 2\n');
    const watched = watch(path);
    await watched.sees(['a']);
    assert.deepEqual(watched.list, [{ id: 'a', host: '127.0.0.1', port: 7000, weight: 2 }]);
    await replace(path, '- id: b\n- id: c\n');
    await watched.sees(['b', 'c']);
    await replace(path, 'endpoints: [\n');
    await watched.error(/endpoints\.yaml: .*line/);
    assert.deepEqual(watched.ids, ['b', 'c']);
  });

  it('follows a hundred replacements in a row', async () => {
    await writeFile(file, json('a'));
    const watched = watch();
    await watched.sees(['a']);
    for (let i = 0; i < 100; i++) await replace(file, json('a', `b${i}`));
    await watched.sees(['a', 'b99']);
    assert.deepEqual(watched.errors, []);
  });

  it('follows a link that is set to another folder, as that of a ConfigMap', async () => {
    const version = async (name: string, ...ids: string[]) => {
      await mkdir(join(folder, name));
      await writeFile(join(folder, name, 'endpoints.json'), json(...ids));
      await symlink(name, join(folder, '..data_tmp'));
      await rename(join(folder, '..data_tmp'), join(folder, '..data'));
    };
    await version('..1', 'a');
    await symlink(join('..data', 'endpoints.json'), file);
    const watched = watch();
    await watched.sees(['a']);
    await version('..2', 'a', 'b');
    await watched.sees(['a', 'b']);
    await rm(join(folder, '..1'), { recursive: true });
    await version('..3', 'c');
    await watched.sees(['c']);
    assert.deepEqual(watched.errors, []);
  });

  it('finds changes that the operating system does not tell of, by looking', async () => {
    const elsewhere = join(folder, 'elsewhere');
    await mkdir(elsewhere);
    await writeFile(join(elsewhere, 'real.json'), json('a'));
    await symlink(join(elsewhere, 'real.json'), file);
    const watched = watch(file, { pollIntervalMs: 50 });
    await watched.sees(['a']);
    await writeFile(join(elsewhere, 'real.json'), json('b'));
    await watched.sees(['b']);
  });

  it('does not read a file that is being written', async () => {
    const path = join(folder, 'endpoints.yml');
    // In YAML, half a list is a list.
    await writeFile(path, '- id: a\n- id: b\n');
    const watched = watch(path);
    await watched.sees(['a', 'b']);
    for (let round = 0; round < 10; round++) {
      const lists = watched.lists.length;
      const start = performance.now();
      await writeFile(path, '- id: a\n');
      await setTimeout(30);
      await writeFile(path, `- id: b\n- id: c${round}\n`, { flag: 'a' });
      const isQuick = performance.now() - start < 80;
      await watched.sees(['a', 'b', `c${round}`]);
      // A machine that stalls makes a writer that pauses.
      if (!isQuick) continue;
      assert.equal(watched.lists.length, lists + 1);
      return;
    }
    assert.fail('no round was quick enough');
  });

  it('does not take endpoints away for a YAML file whose writer pauses in the middle', async () => {
    const path = join(folder, 'endpoints.yaml');
    const entries = ['a', 'b', 'c', 'd'].map((id) => `- id: ${id}\n  host: 127.0.0.1\n  port: 7000\n`);
    const whole = entries.join('');
    const first = entries[0]!.length;
    await writeFile(path, whole);
    const watched = watch(path);
    await watched.sees(['a', 'b', 'c', 'd']);
    // Within a key, after an id, within a port, between two fields, between two entries: all of them valid YAML.
    for (const cut of [first + 3, first + 6, first + 38, whole.length - 13, first]) {
      await writeFile(path, whole.slice(0, cut));
      await setTimeout(400);
      await writeFile(path, whole.slice(cut), { flag: 'a' });
      await setTimeout(200);
    }
    assert.equal(watched.lists.length, 1);
    assert.deepEqual(watched.errors, []);
  });

  it('takes a YAML file that stays short as it is', async () => {
    const path = join(folder, 'endpoints.yaml');
    await writeFile(path, '- id: a\n- id: b\n');
    const watched = watch(path);
    await watched.sees(['a', 'b']);
    await writeFile(path, '- id: a\n');
    await watched.sees(['a']);
    await writeFile(path, '- id: a\n- id: c');
    await watched.sees(['a', 'c']);
    await writeFile(path, '- id: a\n- id:\n');
    await watched.error(/endpoints\[1\]\.id/);
    await watched.sees(['a']);
  });

  it('sees a change that came while nobody asked for one', async () => {
    await writeFile(file, json('a'));
    const controller = new AbortController();
    const lists = fileDiscovery(file, { pollIntervalMs: 3_600_000 })
      .watch(controller.signal)
      [Symbol.asyncIterator]();
    await lists.next();
    // Watches the same folder as the source does, which is told first.
    const changed = new Promise<void>((resolve) => {
      const watcher = watchFolder(folder, (_, name) => {
        if (name !== 'endpoints.json') return;
        watcher.close();
        resolve();
      });
    });
    await replace(file, json('b'));
    await within('the change', changed);
    const { value } = await within('the next list', lists.next());
    assert.deepEqual(value, listOf('b'));
    controller.abort();
    await lists.next();
  });

  it('keeps the last list while the file is half written, empty, no list or gone', async () => {
    await writeFile(file, json('a'));
    const watched = watch();
    await watched.sees(['a']);
    await writeFile(file, json('a', 'b').slice(0, -4));
    await watched.error(/endpoints\.json: .*JSON/);
    await writeFile(file, '');
    await watched.error(/Unexpected end of JSON input/);
    await writeFile(file, '{"endpoints":"a"}');
    await watched.error(/neither a list of endpoints/);
    await rm(file);
    await watched.error(/ENOENT/);
    assert.equal(watched.lists.length, 1);
    const codes = new Set(watched.errors.map(({ code }) => code));
    assert.deepEqual(codes, new Set(['ERR_ENDPOINT_FILE']));
    await replace(file, json('b'));
    await watched.sees(['b']);
  });

  it('says once what stays wrong', async () => {
    const watched = watch(file, { pollIntervalMs: 5 });
    await watched.error(/ENOENT/);
    await writeFile(join(folder, 'other'), '');
    await writeFile(file, '?');
    await watched.error(/JSON/);
    await writeFile(file, '[{"id":"a"},{"id":""}]');
    await watched.sees(['a']);
    await writeFile(file, '[{"id":"a"},{"id":""},{"id":"b"}]');
    await watched.sees(['a', 'b']);
    assert.deepEqual(
      watched.messages.map((m) => /ENOENT|JSON|endpoints\[1\]\.id/.exec(m)?.[0]),
      ['ENOENT', 'JSON', 'endpoints[1].id'],
    );
  });

  it('leaves entries out that are no endpoints, but keeps what they name as it was', async () => {
    await writeFile(file, JSON.stringify([...listOf('a', 'b'), { id: 'c', port: 'x' }, null, { id: 'a' }]));
    const watched = watch();
    await watched.sees(['a', 'b']);
    assert.equal(watched.errors.length, 3);
    await writeFile(file, JSON.stringify([{ id: 'a', port: 0 }, ...listOf('d')]));
    await watched.sees(['a', 'd']);
    assert.deepEqual(
      watched.list?.find(({ id }) => id === 'a'),
      listOf('a')[0],
    );
    assert.match(watched.messages.at(-1)!, /endpoints\[0\]\.port/);
  });

  it('takes a file of nothing but faults for a fault, and an empty list for a list', async () => {
    await writeFile(file, json('a'));
    const watched = watch();
    await watched.sees(['a']);
    await writeFile(file, '[{"id":7},"b"]');
    await watched.error(/endpoints\[1\]/);
    assert.equal(watched.lists.length, 1);
    await writeFile(file, '[{"id":"a","weight":"1"}]');
    await watched.error(/endpoints\[0\]\.weight/);
    await writeFile(file, '[]');
    await watched.sees([]);
    assert.equal(watched.lists.length, 2);
  });

  it('waits for a file, and a folder, that is not there yet; the cluster says why', async () => {
    const path = join(folder, 'later', 'endpoints.json');
    const cluster = new Cluster<string>({
      discovery: fileDiscovery(path, { pollIntervalMs: 20 }),
      connect: ({ id }) => sharedClient(id, { name: id }),
    });
    await assert.rejects(cluster.ready({ timeoutMs: 50 }), /no list of endpoints.*endpoints\.json: ENOENT/);
    await mkdir(join(folder, 'later'));
    await writeFile(path, json('a'));
    await cluster.ready({ timeoutMs: 2_000 });
    assert.equal(await cluster.do((client) => client), 'a');
    const { discovery } = cluster.stats();
    assert.deepEqual(discovery, { nodes: 1, updates: 1, errors: 1 });
    await cluster.close();
  });

  it('ends at once when it is stopped while a file is being written', async () => {
    await writeFile(file, json('a'));
    const watched = watch();
    await watched.sees(['a']);
    await writeFile(file, json('b'));
    await waitFor(
      'the change to be noticed',
      () => new Promise((resolve) => setImmediate(() => resolve(true))),
    );
    await watched.stop();
    assert.deepEqual(watched.errors, []);
  });

  it('keeps no process alive', async () => {
    await writeFile(file, json('a'));
    const script = `
      import { fileDiscovery } from ${JSON.stringify(new URL('../../../lib/discovery/file-discovery.ts', import.meta.url).href)};
      for await (const list of fileDiscovery(process.argv[1]).watch(new AbortController().signal)) console.log(list.length);
    `;
    const args = ['--import', 'tsx', '--input-type=module', '-e', script, file];
    // 13: the loop that it ends with was not over.
    const options = { timeout: 15_000 };
    const ended = await promisify(execFile)(process.execPath, args, options).catch((error) => error);
    assert.deepEqual([ended.code, ended.stdout], [13, '1\n']);
  });
});
