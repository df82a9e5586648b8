import assert from 'node:assert/strict';
import { join } from 'node:path';
import manifest from '../../../package.json' with { type: 'json' };
import { Project, root, run } from './project.js';

const usePool = `
  let n = 0;
  const pool = new ConnPool({ dial: () => ++n, close() {} });
  pool.do((client) => 'client ' + client).then(async (answer) => {
    await pool.close();
    console.log(answer, pool.stats().state);
  });
`;

/** What a user writes in TypeScript; an entry that needs a peer is not among it. */
const useTypes = `
  import { ConnPool, type Transport } from 'connpool';
  import { tcpPool } from 'connpool/tcp';

  const pool = new ConnPool<{ ping(): Promise<string> }>({ dial: async () => ({ ping: async () => 'pong' }), close() {} });
  export const answer: Promise<string> = pool.do((client) => client.ping());
  export const lent: Promise<Transport<{ ping(): Promise<string> }>> = pool.get();
  export const sockets = tcpPool({ host: '127.0.0.1', port: 7 });
  // @ts-expect-error: there is no such option
  new ConnPool({ dial: () => 1, close() {}, maxActve: 3 });
`;

describe('the packed package, installed in an empty project without any optional peer', function () {
  this.timeout(120_000);
  let project: Project;

  before(async () => {
    project = await Project.withPackage();
  });

  after(() => project.remove());

  it('brings its run-time dependencies and no optional peer', async () => {
    const { stdout } = await run('npm', ['ls', '--all', '--parseable'], { cwd: project.folder });
    const installed = stdout
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.replace(/^.*node_modules\//, ''));
    for (const peer of Object.keys(manifest.peerDependencies)) assert.ok(!installed.includes(peer), peer);
    for (const dependency of Object.keys(manifest.dependencies)) assert.ok(installed.includes(dependency));
  });

  it('is imported as ESM', async () => {
    await project.write('use.mjs', `import { ConnPool } from 'connpool'; ${usePool}`);
    assert.equal(await project.node('use.mjs'), 'client 1 closed\n');
  });

  it("is loaded with require('connpool') from CommonJS", async () => {
    await project.write('use.cjs', `const { ConnPool } = require('connpool'); ${usePool}`);
    assert.equal(await project.node('use.cjs'), 'client 1 closed\n');
  });

  for (const [module, moduleResolution, file] of [
    ['node16', 'node16', 'use.mts'],
    ['nodenext', 'nodenext', 'use.mts'],
    ['nodenext', 'nodenext', 'use.cts'],
    ['esnext', 'bundler', 'use.mts'],
  ] as const) {
    it(`is compiled by TypeScript with moduleResolution ${moduleResolution}, from ${file}`, async () => {
      const compilerOptions = {
        module,
        moduleResolution,
        target: 'es2022',
        lib: ['es2023', 'esnext.disposable'],
        strict: true,
        exactOptionalPropertyTypes: true,
        noEmit: true,
        skipLibCheck: false,
        types: ['node'],
        typeRoots: [join(root, 'node_modules/@types')],
      };
      await project.write(file, useTypes);
      await project.write('tsconfig.json', JSON.stringify({ compilerOptions, files: [file] }));
      const tsc = join(root, 'node_modules/typescript/bin/tsc');
      await run(process.execPath, [tsc, '-p', 'tsconfig.json'], { cwd: project.folder });
    });
  }

  it('gives TCP and multiplexed TCP users their entries', async () => {
    await project.write(
      'entries.mjs',
      `import { tcpPool } from 'connpool/tcp';
       import { muxPool } from 'connpool/mux';
       import { consulDiscovery } from 'connpool/consul';
       console.log(typeof tcpPool, typeof muxPool, typeof consulDiscovery);`,
    );
    assert.equal(await project.node('entries.mjs'), 'function function function\n');
  });

  for (const [entry, peer] of [
    ['thrift', 'thrift'],
    ['grpc', '@grpc/grpc-js'],
    ['milvus', '@zilliz/milvus2-sdk-node'],
    ['etcd', '@grpc/'],
    ['generic-pool', 'generic-pool'],
    ['prometheus', 'prom-client'],
    ['otel', '@opentelemetry/api'],
  ] as const) {
    it(`names the missing peer when connpool/${entry} needs it`, async () => {
      await project.write(
        'missing.mjs',
        `import('connpool/${entry}').then(() => console.log('loaded'), (error) => console.log(error.message));`,
      );
      assert.match(await project.node('missing.mjs'), new RegExp(peer));
    });
  }
});

describe('the built package', () => {
  for (const [entry, target] of Object.entries(manifest.exports)) {
    if (typeof target === 'string') continue;
    it(`has code and types behind '${entry}'`, async () => {
      await import(entry.replace('.', 'connpool'));
      const { default: ts } = await import('typescript');
      assert.ok(ts.sys.fileExists(join(root, target.types)), `${target.types} is missing`);
    });
  }
});
