import assert from 'node:assert/strict';
import { type Clock, install } from '@sinonjs/fake-timers';
import { type BreakerState, CircuitBreaker } from '../../../lib/cluster/circuit-breaker.js';
import type { Outcome } from '../../../lib/cluster/outcome.js';

describe('CircuitBreaker', () => {
  let clock: Clock;
  let changes: BreakerState[];
  let breaker: CircuitBreaker;

  beforeEach(() => {
    clock = install();
    changes = [];
    breaker = new CircuitBreaker({ maxFails: 3, cooldownMs: 1_000 }, (state) => changes.push(state));
  });
  afterEach(() => clock.uninstall());

  const call = (outcome: Outcome) => breaker.leave(breaker.enter(), outcome);

  it('stays closed as long as failures do not come in a row', () => {
    for (let i = 0; i < 5; i++) {
      call('failure');
      call('failure');
      call('success');
    }
    assert.equal(breaker.state, 'closed');
    assert.deepEqual(changes, []);
  });

  it('opens at the given number of failures in a row, with neutral outcomes in between', () => {
    call('failure');
    call('neutral');
    call('failure');
    assert.equal(breaker.admits, true);
    call('neutral');
    call('failure');
    assert.equal(breaker.state, 'open');
    assert.equal(breaker.admits, false);
    assert.deepEqual(changes, ['open']);
  });

  it('lets exactly one trial through after the cooldown', () => {
    for (let i = 0; i < 3; i++) call('failure');
    clock.tick(999);
    assert.equal(breaker.admits, false);
    clock.tick(1);
    assert.equal(breaker.admits, true);
    breaker.enter();
    assert.equal(breaker.state, 'half-open');
    assert.equal(breaker.admits, false);
  });

  it('closes when the trial succeeds, and counts from zero', () => {
    for (let i = 0; i < 3; i++) call('failure');
    clock.tick(1_000);
    call('success');
    assert.equal(breaker.state, 'closed');
    call('failure');
    call('failure');
    assert.equal(breaker.state, 'closed');
    assert.deepEqual(changes, ['open', 'half-open', 'closed']);
  });

  it('opens for another cooldown when the trial fails', () => {
    for (let i = 0; i < 3; i++) call('failure');
    clock.tick(1_000);
    call('failure');
    assert.equal(breaker.state, 'open');
    clock.tick(999);
    assert.equal(breaker.admits, false);
    clock.tick(1);
    assert.equal(breaker.admits, true);
    assert.deepEqual(changes, ['open', 'half-open', 'open']);
  });

  it('frees the trial when it says nothing: the next call may try at once', () => {
    for (let i = 0; i < 3; i++) call('failure');
    clock.tick(1_000);
    const trial = breaker.enter();
    breaker.leave(trial, 'neutral');
    assert.equal(breaker.state, 'open');
    assert.equal(breaker.admits, true);
    call('success');
    assert.equal(breaker.state, 'closed');
    assert.deepEqual(changes, ['open', 'half-open', 'half-open', 'closed']);
  });

  it('ignores outcomes of calls that entered before its state changed', () => {
    const early = [breaker.enter(), breaker.enter(), breaker.enter()];
    for (let i = 0; i < 3; i++) call('failure');
    breaker.leave(early[0]!, 'success');
    assert.equal(breaker.state, 'open');
    clock.tick(1_000);
    const trial = breaker.enter();
    breaker.leave(early[1]!, 'success');
    assert.equal(breaker.state, 'half-open');
    breaker.leave(trial, 'success');
    breaker.leave(early[2]!, 'failure');
    call('failure');
    call('failure');
    assert.equal(breaker.state, 'closed');
  });

  it('lets a call pass by that was sent in spite of it, and ignores its outcome', () => {
    for (let i = 0; i < 3; i++) call('failure');
    call('success');
    assert.equal(breaker.state, 'open');
    clock.tick(1_000);
    breaker.enter();
    call('success');
    call('failure');
    assert.equal(breaker.state, 'half-open');
  });

  it('is not moved by jumps of the wall clock', () => {
    for (let i = 0; i < 3; i++) call('failure');
    clock.setSystemTime(Date.now() + 3_600_000);
    assert.equal(breaker.admits, false);
    clock.setSystemTime(0);
    clock.tick(1_000);
    assert.equal(breaker.admits, true);
  });

  it('lets a trial through at once with a cooldown of 0, and still one at a time', () => {
    breaker = new CircuitBreaker({ maxFails: 1, cooldownMs: 0 }, () => {});
    call('failure');
    assert.equal(breaker.state, 'open');
    assert.equal(breaker.admits, true);
    breaker.enter();
    assert.equal(breaker.admits, false);
  });

  it('sets no timer', () => {
    for (let i = 0; i < 3; i++) call('failure');
    assert.equal(clock.countTimers(), 0);
  });
});
