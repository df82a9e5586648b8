// Prints the optional peers that the `connpool` command uses, each with the version in the lock file.
import { readFileSync } from 'node:fs';

const PEERS = [
  '@grpc/grpc-js',
  '@grpc/proto-loader',
  '@hono/node-server',
  'commander',
  'hdr-histogram-js',
  'hono',
  'prom-client',
  'thrift',
  'yaml',
  'zod',
];
const { packages } = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'));
console.log(PEERS.map((name) => `${name}@${packages[`node_modules/${name}`].version}`).join(' '));
