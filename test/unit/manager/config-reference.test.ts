import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'mocha';
import { parse } from 'yaml';
import { resolveConfig } from '../../../lib/manager/config/load-config.js';
import { withReference } from '../../../scripts/config-reference.js';

const page = readFileSync(new URL('../../../docs/config.md', import.meta.url), 'utf8');

describe('docs/config.md', () => {
  it('has the table of settings as the schema has them now (npm run docs:config writes it)', () => {
    assert.equal(page, withReference(page));
  });

  it('tells what each setting does and what it may be', () => {
    const rows = page.split('\n').filter((line) => line.startsWith('| `'));
    assert.ok(rows.length > 60);
    for (const row of rows) {
      const [, , , allowed, does] = row.split(/(?<!\\)\|/).map((cell) => cell.trim());
      assert.ok(allowed && does, row);
    }
  });

  it('says which kinds of discovery there are, and what a static list is', () => {
    const rowOf = (setting: string) =>
      page.split('\n').find((line) => line.startsWith(`| \`services.<name>.${setting}\``));
    assert.match(rowOf('discovery.type') ?? '', /\| required \| one of static, file, dns, consul, etcd \|/);
    assert.match(
      rowOf('discovery(static).endpoints') ?? '',
      /\| required \| a list of endpoints, each 'host:port'/,
    );
    assert.match(rowOf('discovery(static).endpoints[].host') ?? '', /\| required \|/);
    assert.match(rowOf('discovery(static).endpoints[].id') ?? '', /\| {2}\| .*`host:port` when left out/);
  });

  it('tells defaults of times as one writes them', () => {
    assert.match(page, /pool\.idleTimeout` \| `30m` \| a time \|/);
    assert.match(page, /`stopTimeout` \| `30s` \| a time \|/);
  });

  it('shows a config that can be used', () => {
    const [, example] = /```yaml\n([\s\S]*?)```/.exec(page)!;
    const { services } = resolveConfig(parse(example!), { env: { CONNPOOL_TOKEN: 't' } });
    assert.deepEqual(Object.keys(services), ['users', 'search']);
  });
});
