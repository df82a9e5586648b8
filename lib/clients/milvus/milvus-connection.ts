import { CONNECT_STATUS, MilvusClient, TLS_MODE } from '@zilliz/milvus2-sdk-node';
import { Timer } from '../../pool/clock.js';
import { describeError } from '../../pool/errors.js';
import { CallsInFlight } from './calls-in-flight.js';
import { openClosableChannel } from './closable-channel.js';
import { connectReason, refusal } from './connect-reason.js';
import { ConnectionSockets } from './connection-sockets.js';
import { MilvusConnectionError } from './milvus-errors.js';
import type { MilvusSettings } from './milvus-options.js';

/** Longest a connection that works may take to say goodbye before its socket is destroyed, ms. */
const GOODBYE_MS = 1_000;

/**
 * Unknown to grpc-js, which lets all channels share a connection that have the same target, credentials and options: so
 * this one decides which do.
 */
const CONNECTION_KEY = 'connpool.connection';
let connections = 0;

/** A client of the SDK that is connected, and what it takes to close it for good. */
export class MilvusConnection {
  readonly client: MilvusClient;
  readonly #settings: MilvusSettings;
  readonly #sockets = new ConnectionSockets();
  readonly #calls = new CallsInFlight((work) => this.#sockets.run(work));

  private constructor(settings: MilvusSettings, client: MilvusClient) {
    this.#settings = settings;
    this.client = client;
  }

  /**
   * Makes a client and connects it.
   * @throws MilvusConnectionError when it cannot connect within `connectTimeoutMs`; nothing is left behind
   */
  static async open(settings: MilvusSettings): Promise<MilvusConnection> {
    const connection = new MilvusConnection(settings, makeClient(settings));
    connection.#watchCalls();
    try {
      await connection.#withinDeadline(connection.#connect());
    } catch (error) {
      const failure = connection.#failure(error);
      connection.#calls.cut(failure.message);
      await connection.close();
      throw failure;
    }
    return connection;
  }

  /**
   * Waits for calls under way, `closeTimeoutMs` at most, and closes the client; resolves when its sockets are closed.
   * Call it once. Never rejects.
   */
  async close(): Promise<void> {
    const timer = new Timer(
      () => this.#calls.cut('the client was closed while the call was under way'),
      this.#settings.closeTimeoutMs,
      true,
    );
    await this.#sockets.run(() => this.client.closeConnection());
    timer.cancel();
    await this.#sockets.close(this.#calls.areCut ? 0 : GOODBYE_MS);
  }

  #watchCalls(): void {
    // The clients of the SDK's pool keep the array itself.
    this.client.channelOptions.interceptors?.push(this.#calls.interceptor);
  }

  async #connect(): Promise<void> {
    const { client } = this;
    this.#sockets.run(() => client.connect(MilvusClient.sdkInfo.version));
    this.#check(await client.connectPromise);
    if (client.connectStatus !== CONNECT_STATUS.UNIMPLEMENTED) return;
    // A Milvus before 2.3, or no Milvus at all: the SDK takes "no such method" for an empty answer.
    const answer: { version?: string } = await client.getVersion();
    this.#check(answer);
    if (!answer.version) throw new Error('the server speaks gRPC, but is no Milvus');
  }

  #check(answer: unknown): void {
    const reason = refusal(answer);
    if (reason !== undefined) throw new Error(reason);
  }

  async #withinDeadline(work: Promise<void>): Promise<void> {
    const { connectTimeoutMs } = this.#settings;
    let timer: Timer | undefined;
    const timeUp = new Promise<never>((_, reject) => {
      const giveUp = () => reject(new Error(`no answer within ${connectTimeoutMs} ms`));
      timer = new Timer(giveUp, connectTimeoutMs, true);
    });
    try {
      await Promise.race([work, timeUp]);
    } finally {
      timer?.cancel();
    }
  }

  #failure(error: unknown): MilvusConnectionError {
    const { name, config, secrets } = this.#settings;
    const secure = this.client.tlsMode !== TLS_MODE.DISABLED;
    const reason = secrets.strip(connectReason(error, secure));
    const what = `client '${name}': connecting${secure ? ' with TLS' : ''} to ${config.address} failed: ${reason}`;
    return new MilvusConnectionError(what, secrets.showIn(error) ? undefined : { cause: error });
  }
}

function makeClient({ name, config, connectionPerCall, secrets }: MilvusSettings): MilvusClient {
  connections++;
  const key = `${connections}/`;
  let next = 0;
  let client: MilvusClient;
  try {
    client = new MilvusClient({
      ...config,
      channelOptions: {
        ...config.channelOptions,
        // Also for the channel of the SDK's telemetry, which shares the first connection.
        [CONNECTION_KEY]: `${key}0`,
        channelFactoryOverride: openClosableChannel,
      },
    });
  } catch (error) {
    const reason = secrets.strip(describeError(error));
    throw new MilvusConnectionError(`client '${name}' cannot be made: ${reason}`);
  }
  if (connectionPerCall) {
    // Read once by each gRPC client that the SDK's pool makes.
    Object.defineProperty(client.channelOptions, CONNECTION_KEY, {
      enumerable: true,
      get: () => `${key}${next++}`,
    });
  }
  return client;
}
