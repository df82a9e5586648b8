import assert from 'node:assert/strict';
import { resolveConfig } from '../../../lib/manager/config/load-config.js';
import { redact } from '../../../lib/manager/config/redact.js';
import type { ManagerConfigInput } from '../../../lib/manager/config/schema.js';
import { planReload, type ServiceConfigs } from '../../../lib/manager/reload-plan.js';

const discovery = { type: 'static' as const, endpoints: ['127.0.0.1:7000'] };
const configOf = (services: ManagerConfigInput['services']): ServiceConfigs =>
  resolveConfig({ services }).services;

describe('what a reload has to do', () => {
  const before = configOf({
    same: { discovery },
    limits: { discovery },
    other: { discovery },
    gone: { discovery },
  });
  const after = configOf({
    same: { discovery },
    limits: { discovery, pool: { maxActive: 99 } },
    other: { discovery, balancer: 'random' },
    fresh: { discovery },
  });

  it('is told apart by service', () => {
    assert.deepEqual(planReload(before, after, new Set()), {
      added: ['fresh'],
      removed: ['gone'],
      configured: ['limits'],
      replaced: ['other'],
      unchanged: ['same'],
    });
  });

  it('replaces services whose TLS files have changed', () => {
    const plan = planReload(before, after, new Set(['same']));
    assert.deepEqual([plan.replaced, plan.unchanged], [['same', 'other'], []]);
  });

  it('replaces services whose keepalive has changed: connections are made with it', () => {
    const next = configOf({ same: { discovery, pool: { keepalive: '10s' } } });
    assert.deepEqual(planReload(configOf({ same: { discovery } }), next, new Set()).replaced, ['same']);
  });
});

describe('a config that is shown', () => {
  it('hides tokens and passwords, wherever they stand', () => {
    const shown = JSON.stringify(
      redact({
        admin: { token: 'hunter1' },
        services: [{ discovery: { password: 'hunter2', hosts: ['h'] } }],
      }),
    );
    assert.doesNotMatch(shown, /hunter/);
    assert.match(shown, /"hosts":\["h"\]/);
  });
});
