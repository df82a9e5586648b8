// Named Milvus clients: npm run example:milvus. Against a Milvus of your own with MILVUS_ADDR=localhost:19530; without
// it a stand-in is started, which speaks Milvus' protocol and keeps its collections in memory.
import { ConsistencyLevelEnum, DataType } from '@zilliz/milvus2-sdk-node';
import { milvusRegistry } from 'connpool/milvus';
import { startProcess } from '../thrift/server-process.js';

const { MILVUS_ADDR } = process.env;
const standIn =
  MILVUS_ADDR === undefined ? await startProcess(new URL('./server.ts', import.meta.url), []) : undefined;
const address = MILVUS_ADDR ?? `127.0.0.1:${standIn?.address}`;
console.log(
  standIn === undefined
    ? `Milvus at ${address}`
    : `a stand-in for Milvus at ${address}: no live Milvus is part of this`,
);

const milvus = milvusRegistry({ address, timeout: 5_000 });
// Ten who ask for a name at the same time share one client, and one connection.
const [client] = await Promise.all(Array.from({ length: 10 }, () => milvus.mustGet('search')));
await milvus.add('ingest', { maxRetries: 0 });
console.log(`clients: ${milvus.list().join(', ')}`);

const collection_name = 'connpool_example';
const ingest = await milvus.get('ingest');
await ingest.dropCollection({ collection_name });
await ingest.createCollection({
  collection_name,
  fields: [
    { name: 'id', data_type: DataType.Int64, is_primary_key: true },
    { name: 'place', data_type: DataType.FloatVector, dim: 2 },
  ],
});
await ingest.createIndex({ collection_name, field_name: 'place', index_type: 'FLAT', metric_type: 'L2' });
await ingest.loadCollectionSync({ collection_name });
const data = Array.from({ length: 25 }, (_, i) => ({ id: i, place: [i % 5, Math.floor(i / 5)] }));
const { insert_cnt } = await ingest.insert({ collection_name, data });
console.log(`inserted ${insert_cnt} rows`);

const { results } = await client!.search({
  collection_name,
  data: [3.1, 1.9],
  limit: 3,
  anns_field: 'place',
  consistency_level: ConsistencyLevelEnum.Strong,
});
for (const { id, score } of results)
  console.log(`  id ${id}, at a distance of ${Math.sqrt(score).toFixed(2)}`);

await ingest.dropCollection({ collection_name });
await milvus.close();
await standIn?.stop();
