import assert from 'node:assert/strict';
import { type Clock, install } from '@sinonjs/fake-timers';
import { type PendingCall, PendingCalls } from '../../../../lib/clients/thrift/pending-calls.js';

describe('the calls in flight on a Thrift connection', () => {
  let clock: Clock;
  let overdue: PendingCall[];
  let calls: PendingCalls;
  beforeEach(() => {
    clock = install();
    overdue = [];
    calls = new PendingCalls(1_000, (call) => overdue.push(call));
  });
  afterEach(() => clock.uninstall());

  it('are reported when they have waited their full time, and not before', () => {
    calls.add(1, 'Echo');
    clock.tick(999);
    assert.deepEqual(overdue, []);
    clock.tick(1);
    assert.deepEqual(
      overdue.map(({ seqid, method }) => [seqid, method]),
      [[1, 'Echo']],
    );
  });

  it('share one timer, which is not touched per call', () => {
    for (let seqid = 1; seqid <= 100; seqid++) {
      calls.add(seqid, 'Echo');
      clock.tick(5);
      calls.delete(seqid);
    }
    assert.equal(clock.countTimers(), 1);
    clock.tick(1_000);
    assert.equal(clock.countTimers(), 0);
    assert.deepEqual(overdue, []);
  });

  it('have each their full time after a timer that was meant for an earlier one', () => {
    calls.add(1, 'Echo');
    clock.tick(600);
    calls.delete(1);
    calls.add(2, 'Echo');
    clock.tick(999);
    assert.deepEqual(overdue, []);
    clock.tick(1);
    assert.deepEqual(
      overdue.map(({ seqid }) => seqid),
      [2],
    );
  });

  it('are found by their number alone, whatever a server sends', () => {
    calls.add(7, 'Echo');
    assert.equal(calls.get(7)?.method, 'Echo');
    for (const seqid of ['7', -7, 7.5, undefined, null, {}]) assert.equal(calls.get(seqid), undefined);
  });

  it('are given back oldest first when they are cleared, and leave no timer', () => {
    calls.add(3, 'Ping');
    calls.add(4, 'Echo');
    assert.deepEqual(
      calls.clear().map(({ seqid }) => seqid),
      [3, 4],
    );
    assert.equal(calls.size, 0);
    assert.equal(clock.countTimers(), 0);
  });

  it('wait for ever when their time is Infinity', () => {
    const patient = new PendingCalls(Infinity, (call) => overdue.push(call));
    patient.add(1, 'Echo');
    assert.equal(clock.countTimers(), 0);
    clock.tick(10 ** 9);
    assert.deepEqual(overdue, []);
  });
});
