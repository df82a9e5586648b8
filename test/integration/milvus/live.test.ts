import { behavesLikeMilvus } from './behaviour.js';

// A live Milvus is nowhere part of the ordinary tests: these exist only where MILVUS_ADDR names one, for example
// MILVUS_ADDR=localhost:19530. MILVUS_TOKEN is its API key or user:password.
const { MILVUS_ADDR, MILVUS_TOKEN } = process.env;

if (MILVUS_ADDR !== undefined) {
  describe(`Milvus clients by name, against the live Milvus at ${MILVUS_ADDR}`, function () {
    this.timeout(120_000);
    behavesLikeMilvus(() => ({ address: MILVUS_ADDR, token: MILVUS_TOKEN, timeout: 30_000 }));
  });
}
