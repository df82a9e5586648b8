import assert from 'node:assert/strict';
import path from 'node:path';
import ts from 'typescript';

describe('Generated classes', function () {
  this.timeout(60_000);

  it('compile under strict, and refuse wrong arguments', () => {
    const folder = import.meta.dirname;
    const { config } = ts.readConfigFile(path.join(folder, '../../../tsconfig.base.json'), ts.sys.readFile);
    const { options } = ts.parseJsonConfigFileContent(config, ts.sys, folder);
    const golden = ts.sys.readDirectory(path.join(folder, 'golden'), ['.ts']);
    assert.ok(golden.length >= 12);
    const program = ts.createProgram([...golden, path.join(folder, 'misuse.ts')], {
      ...options,
      noEmit: true,
      strict: true,
      types: ['node', 'mocha'],
      // The library as it stands, not as it was built last.
      paths: { connpool: [path.join(folder, '../../../lib/index.ts')] },
    });
    const faults = ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
      const at =
        file === undefined ? '' : `${file.fileName}:${file.getLineAndCharacterOfPosition(start!).line + 1} `;
      return at + ts.flattenDiagnosticMessageText(messageText, ' ');
    });
    assert.deepEqual(faults, []);
  });
});
