import assert from 'node:assert/strict';
import { within } from './wait-for.js';

/** What a promise that must fail fails with. `TCode`: the kind of code that its error has, if it has one. */
export async function failureOf<TCode = string>(
  promise: Promise<unknown>,
): Promise<Error & { code?: TCode }> {
  const outcome = await within(
    'the call ends',
    promise.then(
      (value) => ({ value }),
      (error: unknown) => ({ error }),
    ),
  );
  if (!('error' in outcome)) assert.fail(`expected a failure, got ${String(outcome.value)}`);
  assert.ok(outcome.error instanceof Error, `expected an Error, got ${String(outcome.error)}`);
  return outcome.error;
}
