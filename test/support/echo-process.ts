import { TcpServer } from './tcp-server.js';

// An echo server in a process of its own, for tests that kill it: `echo-process.ts [port]`.
const [port = '0'] = process.argv.slice(2);
const server = await TcpServer.start({ port: Number(port) });
process.once('SIGTERM', () => process.exit());
process.once('disconnect', () => process.exit());
console.log(`ready ${server.port}`);
