import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type * as original from 'generic-pool';
import ts from 'typescript';
import {
  createPool,
  type Factory,
  type Options,
  type Pool,
} from '../../../../lib/clients/generic-pool/index.js';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../../../..');
const userCode = join(here, 'user-code.ts');
const ours = "'../../../../lib/clients/generic-pool/index.js'";

/** Type-checks `user-code.ts` with `from` in place of the package it imports. */
function diagnosticsWith(from: string): string[] {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.base.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [] }, ts.sys, root);
  const host = ts.createCompilerHost({ ...options, noEmit: true });
  const load = host.getSourceFile.bind(host);
  host.getSourceFile = (name, language, ...rest) => {
    if (name !== userCode) return load(name, language, ...rest);
    const text = readFileSync(userCode, 'utf8').replaceAll("'generic-pool'", from);
    return ts.createSourceFile(name, text, language);
  };
  const program = ts.createProgram([userCode], { ...options, noEmit: true }, host);
  const source = program.getSourceFile(userCode);
  return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
    ({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'),
  );
}

describe('the types of connpool/generic-pool', () => {
  it('compile code written against those of generic-pool, with nothing changed but the import', function () {
    this.timeout(60_000);
    assert.ok(readFileSync(userCode, 'utf8').includes("from 'generic-pool'"));
    assert.deepEqual(diagnosticsWith("'generic-pool'"), []);
    assert.deepEqual(diagnosticsWith(ours), []);
  });

  it('let a pool of ours go wherever one of generic-pool is expected, and its factories and options come here', () => {
    const factory: original.Factory<string> = { create: async () => 'a', destroy: async () => {} };
    const options: original.Options = { max: 2 };
    const pool: Pool<string> = createPool(factory, options);
    const theirs: original.Pool<string> = pool;
    const create: typeof original.createPool = createPool;
    const same: Factory<string> = factory;
    const more: Options = { ...options, destroyTimeoutMillis: 10, Promise };
    assert.ok(theirs === pool && create === createPool && same === factory && more.max === 2);
  });
});
