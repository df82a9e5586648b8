// The service of testbed.thrift. Flags: --multiplexed serves it beside others under the name `testbed`. Prints
// `ready <port>`.
import type { Server } from 'node:net';
import { parseArgs } from 'node:util';
import thrift from 'thrift';
import EchoService from '../../../examples/thrift/gen-nodejs/EchoService.js';
import Testbed from './gen-nodejs/Testbed.js';
import { Item } from './gen-nodejs/testbed_types.js';

const { values } = parseArgs({
  options: {
    multiplexed: { type: 'boolean', default: false },
    transport: { type: 'string', default: 'framed' },
    protocol: { type: 'string', default: 'binary' },
  },
});

const notes: string[] = [];
const handler = {
  Whoami: async () => 'testbed',
  Note: (text: string) => void notes.push(text),
  Notes: async () => notes,
  Items: async (_count: number) =>
    Array.from({ length: _count }, (_, number) => new Item({ number, text: `item ${number}` })),
  Lengths: async (_texts: string[]) => Object.fromEntries(_texts.map((text) => [text, text.length])),
  Nothing: async () => undefined,
};
const wire = {
  transport: values.transport === 'framed' ? thrift.TFramedTransport : thrift.TBufferedTransport,
  protocol: { binary: thrift.TBinaryProtocol, compact: thrift.TCompactProtocol, json: thrift.TJSONProtocol }[
    values.protocol
  ],
};

const server = (values.multiplexed
  ? multiplexed()
  : thrift.createServer(Testbed as never, handler, wire)) as unknown as Server;
server.on('error', () => {});
process.once('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(`ready ${typeof address === 'object' ? address?.port : address}`);
});

function multiplexed(): unknown {
  const processor = new thrift.MultiplexedProcessor() as thrift.MultiplexedProcessor & {
    registerProcessor(name: string, processor: unknown): void;
  };
  processor.registerProcessor('testbed', new Testbed.Processor(handler));
  processor.registerProcessor(
    'echo',
    new EchoService.Processor({ Echo: async (message: string) => message }),
  );
  const { createMultiplexServer } = thrift as unknown as {
    createMultiplexServer(processor: unknown, options: unknown): unknown;
  };
  return createMultiplexServer(processor, wire);
}
