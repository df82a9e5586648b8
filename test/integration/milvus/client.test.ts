import type { ServerProcess } from '../../../examples/thrift/server-process.js';
import { behavesLikeMilvus } from './behaviour.js';
import { startMilvus } from './fixture.js';

describe("Milvus clients by name, against a server of the SDK's own protocol", () => {
  let server: ServerProcess;
  before(async () => {
    server = await startMilvus();
  });
  after(() => server.stop());

  behavesLikeMilvus(() => ({ address: `127.0.0.1:${server.address}` }));
});
