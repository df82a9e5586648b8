import assert from 'node:assert/strict';
import type { MilvusOptions } from '../../../lib/clients/milvus/index.js';
import { ClientExistsError, ClientNotFoundError } from '../../../lib/registry/index.js';
import { FaultProxy } from '../../support/fault-proxy.js';
import { waitFor } from '../../support/wait-for.js';
import { createPoints, nearest, withMilvus } from './fixture.js';

/** What is true of any Milvus, the real one and the stand-in. `server` is asked when a test runs. */
export function behavesLikeMilvus(server: () => Partial<MilvusOptions> & { readonly address: string }): void {
  it('gives clients that are made once, found by name, and closed by name', () =>
    withMilvus(server(), async (milvus) => {
      const [first, second] = await Promise.all([milvus.mustGet('one'), milvus.mustGet('one')]);
      assert.equal(first, second);
      assert.notEqual(await milvus.add('two'), first);
      await assert.rejects(milvus.add('two'), ClientExistsError);
      assert.deepEqual(milvus.list(), ['one', 'two']);
      await milvus.remove('one');
      await assert.rejects(milvus.get('one'), ClientNotFoundError);
      await assert.rejects(first.checkHealth());
      assert.equal((await (await milvus.get('two')).checkHealth()).isHealthy, true);
    }));

  it('creates, describes, fills, searches and drops a collection', () =>
    withMilvus(server(), async (milvus) => {
      const client = await milvus.mustGet('main');
      const collection_name = `connpool_points_${process.pid}`;
      assert.equal((await client.checkHealth()).isHealthy, true);
      assert.equal((await client.hasCollection({ collection_name })).value, false);
      await createPoints(client, collection_name);
      try {
        assert.equal((await client.hasCollection({ collection_name })).value, true);
        const { schema } = await client.describeCollection({ collection_name });
        assert.deepEqual(
          schema.fields.map(({ name }) => name),
          ['id', 'place'],
        );
        const data = Array.from({ length: 25 }, (_, i) => ({ id: i, place: [i % 5, Math.floor(i / 5)] }));
        assert.equal(String((await client.insert({ collection_name, data })).insert_cnt), '25');
        assert.deepEqual(await nearest(client, collection_name, [3.1, 2.2]), ['13', '18']);
      } finally {
        await client.dropCollection({ collection_name });
      }
      assert.equal((await client.hasCollection({ collection_name })).value, false);
    }));

  it('passes on what the server says of a call that fails, and works on', () =>
    withMilvus(server(), async (milvus) => {
      const client = await milvus.mustGet('main');
      const { status } = await client.describeCollection({ collection_name: 'there_is_none' });
      assert.notEqual(status.error_code, 'Success');
      assert.match(status.reason, /not found|can't find/);
      assert.equal((await client.checkHealth()).isHealthy, true);
    }));

  it('has one connection for each client, however many calls are under way, and none once closed', async () => {
    const { address, ...options } = server();
    const [host = '', port] = address.replace(/^https?:\/\//, '').split(':');
    await using proxy = await FaultProxy.start({ host, port: Number(port) });
    await withMilvus({ ...options, address: `127.0.0.1:${proxy.port}` }, async (milvus) => {
      const clients = await Promise.all([milvus.mustGet('one'), milvus.mustGet('two')]);
      await Promise.all(clients.flatMap((client) => Array.from({ length: 40 }, () => client.checkHealth())));
      assert.equal(proxy.accepted, 2);
      await milvus.remove('two');
      await waitFor('the connection of the removed client is gone', () => proxy.open === 1);
    });
    await waitFor('no connection is left', () => proxy.open === 0);
    assert.equal(proxy.accepted, 2);
  });
}
