import type { Socket } from 'node:net';
import EchoService from '../../../examples/thrift/gen-nodejs/EchoService.js';
import { startServerProcess } from '../../../examples/thrift/server-process.js';
import { tcpPool } from '../../../lib/clients/tcp/index.js';
import { thriftPool } from '../../../lib/clients/thrift/index.js';
import type { ConnPool } from '../../../lib/pool/conn-pool.js';
import { TcpServer } from '../../support/tcp-server.js';
import { tlsFixture } from '../../support/tls.js';
import { ask, checkedAsk } from './ask.js';

/** The deadlines of a pool and of the calls on it, in ms. */
export interface Deadlines {
  readonly dialTimeoutMs: number;
  readonly heartbeatTimeoutMs: number;
  readonly closeTimeoutMs: number;
  /** Longest a call may wait for its answer. */
  readonly callTimeoutMs: number;
}

/** Which connections of a pool are heartbeated: none, new ones, or each before every loan. */
export type HeartbeatUse = 'none' | 'new' | 'always';

/** How a pool under test is made. */
interface PoolSetup extends Deadlines {
  readonly host: string;
  readonly port: number;
  readonly heartbeat: HeartbeatUse;
}

/** A server that answers what it is sent, and pools of connections to it. */
export interface Subject<TClient> {
  readonly name: string;
  /** How many bytes of a request or an answer pass before a fault that strikes in its middle. */
  readonly middle: number;
  start(): Promise<{ readonly port: number; stop(): Promise<void> }>;
  connect(setup: PoolSetup): Promise<ConnPool<TClient>>;
  /** Sends a message and gives what comes back. */
  call(client: TClient, message: string, deadlines: Deadlines): Promise<string>;
}

/** What every pool under test has in common. */
function limitsOf({ dialTimeoutMs, heartbeatTimeoutMs, closeTimeoutMs, heartbeat }: PoolSetup) {
  const heartbeatIntervalMs = heartbeat === 'always' ? 0 : Infinity;
  const deadlines = { dialTimeoutMs, heartbeatTimeoutMs, closeTimeoutMs };
  return { maxActive: 2, dialRetryCount: 0, heartbeatIntervalMs, ...deadlines };
}

/** The pool's own deadline for a heartbeat ends it sooner. */
const LONGEST_PING_MS = 10_000;

function tcpSubject(kind: 'plain' | 'TLS'): Subject<Socket> {
  return {
    name: kind === 'plain' ? 'tcpPool' : 'tcpPool with TLS',
    middle: 2,
    async start() {
      const server = await TcpServer.start(kind === 'TLS' ? { tls: (await tlsFixture()).server } : {});
      return { port: server.port, stop: () => server.close() };
    },
    connect: async (setup) =>
      tcpPool({
        host: setup.host,
        port: setup.port,
        ...(kind === 'TLS' ? { tls: { ca: (await tlsFixture()).ca } } : {}),
        heartbeat:
          setup.heartbeat === 'none' ? undefined : (socket) => checkedAsk(socket, 'ping', LONGEST_PING_MS),
        pool: limitsOf(setup),
      }),
    call: (socket, message, { callTimeoutMs }) => ask(socket, message, callTimeoutMs),
  };
}

type EchoClient = InstanceType<typeof EchoService.Client>;

/** Where the text of an Echo begins: message header, method, sequence id, then the field's header and length. */
const ECHO_TEXT_AT = 4 + 4 + 'Echo'.length + 4 + 3 + 4;

function thriftSubject(transport: 'buffered' | 'framed'): Subject<EchoClient> {
  return {
    name: `thriftPool (${transport})`,
    middle: ECHO_TEXT_AT + (transport === 'framed' ? 4 : 0) + 2,
    async start() {
      const server = await startServerProcess('--port', '0', '--transport', transport);
      return { port: Number(server.address), stop: () => server.stop() };
    },
    connect: async (setup) =>
      thriftPool(EchoService, {
        host: setup.host,
        port: setup.port,
        transport,
        requestTimeoutMs: setup.callTimeoutMs,
        heartbeat: setup.heartbeat === 'none' ? undefined : (client) => client.Ping(),
        pool: limitsOf(setup),
      }),
    call: (client, message) => client.Echo(message),
  };
}

export const TCP = tcpSubject('plain');
export const TCP_TLS = tcpSubject('TLS');
export const THRIFT_BUFFERED = thriftSubject('buffered');
export const THRIFT_FRAMED = thriftSubject('framed');
