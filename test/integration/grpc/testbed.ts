import {
  Metadata,
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import { LoadedTestbed, type Message, staticService } from './testbed-client.js';

/** How a {@link Testbed} is started. */
export interface TestbedOptions {
  port?: number;
  tls?: { cert: Buffer; key: Buffer; clientCa?: Buffer };
  /** End connections older than this with a GOAWAY. */
  maxAgeMs?: number;
  /** What the health service answers for the server as a whole; left out: there is no such service. */
  health?: number;
}

/** A running server of testbed.proto. */
export interface Testbed {
  readonly port: number;
  /** Connections that ever made a call, as seen here. */
  readonly peers: Set<string>;
  /** Health checks that were answered. */
  checks: number;
  /** What the health service answers. */
  health: number;
  /** Ends in good order: GOAWAY, calls under way are answered. */
  close(): Promise<void>;
  /** Drops everything. */
  kill(): void;
}

type UnaryCall = ServerUnaryCall<Message, Message>;

/** What Echo does for texts of the form `deed argument`. */
const deeds: Record<string, (call: UnaryCall, done: sendUnaryData<Message>, argument: string) => void> = {
  /** Fails with the status named. */
  fail: (_call, done, name) =>
    done({ code: status[name as keyof typeof status] as number, details: `told to fail with ${name}` }),
  /** Takes its time. */
  slow: (call, done, ms) => void setTimeout(() => done(null, call.request), Number(ms)),
  /** Never answers. */
  hang: () => {},
  /** Sends headers and then nothing. */
  headers: (call) => call.sendMetadata(new Metadata()),
  /** Sends a long answer. */
  long: (_call, done, bytes) => done(null, { text: 'x'.repeat(Number(bytes)) }),
};

/** The health service without its proto: the bytes of its messages. */
const healthMethod: MethodDefinition<Buffer, Buffer> = {
  path: '/grpc.health.v1.Health/Check',
  requestStream: false,
  responseStream: false,
  requestSerialize: (bytes) => bytes,
  requestDeserialize: (bytes) => bytes,
  responseSerialize: (bytes) => bytes,
  responseDeserialize: (bytes) => bytes,
};

export async function startTestbed(options: TestbedOptions = {}): Promise<Testbed> {
  const { maxAgeMs, health } = options;
  const server = new Server({
    'grpc.max_receive_message_length': -1,
    ...(maxAgeMs === undefined
      ? {}
      : { 'grpc.max_connection_age_ms': maxAgeMs, 'grpc.max_connection_age_grace_ms': 10_000 }),
  });
  const testbed = {
    port: 0,
    peers: new Set<string>(),
    checks: 0,
    health: health ?? 0,
    close: () => new Promise<void>((resolve) => server.tryShutdown(() => resolve())),
    kill: () => server.forceShutdown(),
  };
  addServices(server, testbed, health !== undefined);
  testbed.port = await new Promise<number>((resolve, reject) =>
    server.bindAsync(`127.0.0.1:${options.port ?? 0}`, credentialsOf(options), (error, port) =>
      error === null ? resolve(port) : reject(error),
    ),
  );
  return testbed;
}

function credentialsOf({ tls }: TestbedOptions): ServerCredentials {
  if (tls === undefined) return ServerCredentials.createInsecure();
  const { cert, key, clientCa = null } = tls;
  return ServerCredentials.createSsl(clientCa, [{ cert_chain: cert, private_key: key }], clientCa !== null);
}

function addServices(server: Server, testbed: Testbed, hasHealth: boolean): void {
  const echo = (call: UnaryCall, done: sendUnaryData<Message>) => {
    testbed.peers.add(call.getPeer());
    const [deed = '', argument = ''] = call.request.text.split(' ');
    if (Object.hasOwn(deeds, deed)) deeds[deed]?.(call, done, argument);
    else if (deed === 'peers') done(null, { text: '', times: testbed.peers.size });
    else done(null, call.request);
  };
  server.addService(LoadedTestbed.service, { Echo: echo, Collect: collect, Repeat: repeat, Chat: chat });
  server.addService(staticService, { echo });
  if (!hasHealth) return;
  server.addService(
    { check: healthMethod },
    {
      check: (call: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>) => {
        testbed.checks++;
        const service = call.request.subarray(2).toString();
        if (service === 'unknown') done({ code: status.NOT_FOUND, details: 'unknown service' });
        else done(null, Buffer.from([8, service === 'sick' ? 2 : testbed.health]));
      },
    },
  );
}

function collect(call: ServerReadableStream<Message, Message>, done: sendUnaryData<Message>): void {
  const texts: string[] = [];
  call.on('data', ({ text }: Message) => texts.push(text));
  call.on('end', () => done(null, { text: texts.join(' ') }));
}

function repeat(call: ServerWritableStream<Message, Message>): void {
  const { text, times = 0 } = call.request;
  for (let i = 0; i < times; i++) call.write({ text: `${text} ${i}` });
  if (text !== 'open') call.end();
}

function chat(call: ServerDuplexStream<Message, Message>): void {
  call.on('data', (message: Message) => call.write(message));
  call.on('end', () => call.end());
}
