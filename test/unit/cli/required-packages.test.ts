import assert from 'node:assert/strict';
import {
  MissingPackagesError,
  missingPackageOf,
  requirePackages,
} from '../../../lib/cli/required-packages.js';

describe('the packages that a command needs', () => {
  it('are taken as they are when they are installed', () => {
    requirePackages('this', ['commander', '@hono/node-server', 'hono']);
  });

  it('are named, all that are missing at once, with the way to install them', () => {
    assert.throws(
      () => requirePackages('connpool demo', ['commander', 'no-such-one', '@no/such'], ' (or --less)'),
      (error: MissingPackagesError) => {
        assert.equal(
          error.message,
          "connpool demo needs the packages 'no-such-one', '@no/such': npm install no-such-one @no/such (or --less)",
        );
        assert.equal(error.exitCode, 2);
        return true;
      },
    );
    assert.equal(
      new MissingPackagesError('It', ['thrift']).message,
      "It needs the package 'thrift': npm install thrift",
    );
  });

  it('are read from the error of a failed import', async () => {
    const failure = async (load: () => Promise<unknown>) =>
      missingPackageOf(await load().catch((error: unknown) => error));
    const name: string = '@no/such/part.js';
    assert.equal(await failure(() => import(name)), '@no/such');
    const file: string = './no-such-file.js';
    assert.equal(await failure(() => import(file)), undefined);
    assert.equal(missingPackageOf(new Error('else')), undefined);
    assert.equal(missingPackageOf('text'), undefined);
  });
});
