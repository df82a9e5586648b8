/** What the code of a document takes for granted: files beside it, and things of the reader's own. */
export interface Surroundings {
  /** The folder whose files its relative imports mean. */
  readonly folder?: string;
  /** Declarations of what the reader is to put in. */
  readonly declarations?: string;
}

const CONNECTION = `
      interface Connection {
        ping(): Promise<boolean>;
        query(sql: string): Promise<unknown[]>;
        end(): Promise<void>;
      }
      declare function connect(host: string): Promise<Connection>;`;

/** By document; most take nothing for granted. */
export const surroundings: Readonly<Record<string, Surroundings>> = {
  'README.md': {
    folder: 'examples/thrift',
    declarations: `
      interface Connection {
        on(event: 'close' | 'error', listener: (error?: unknown) => void): void;
        ping(): Promise<void>;
        end(): Promise<void>;
      }
      declare function connect(options: { signal: AbortSignal }): Promise<Connection>;`,
  },
  'docs/cluster.md': { folder: 'examples/http-clients' },
  'docs/middleware.md': { folder: 'examples/http-clients' },
  'docs/generic-pool.md': {
    declarations: `${CONNECTION}
      declare const log: Pick<Console, 'warn'>;`,
  },
  'docs/migrating.md': { declarations: CONNECTION },
  'docs/timeouts.md': { declarations: CONNECTION },
  'docs/codegen.md': { folder: 'examples/codegen' },
  'docs/grpc.md': { folder: 'examples/grpc' },
  'docs/thrift.md': { folder: 'examples/thrift' },
};
