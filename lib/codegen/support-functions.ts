/** Functions that the output has where its methods need them. */
export type SupportFunction =
  | 'signalOf'
  | 'withSignal'
  | 'untilCalledBack'
  | 'promised'
  | 'whileRead'
  | 'whileOpen';

/** What a function needs besides. */
export const NEEDS: Readonly<Record<SupportFunction, readonly SupportFunction[]>> = {
  signalOf: [],
  withSignal: [],
  untilCalledBack: [],
  promised: [],
  whileRead: ['whileOpen'],
  whileOpen: [],
};

/** Their text; the output begins each with an empty line. */
export const SUPPORT: Readonly<Record<SupportFunction, string>> = {
  signalOf: `/** The signal of a call: its last argument, or an option there. */
function signalOf(last: unknown): AbortSignal | undefined {
  const signal = last instanceof AbortSignal ? last : (last as { signal?: unknown } | null | undefined)?.signal;
  return signal instanceof AbortSignal ? signal : undefined;
}`,
  withSignal: `/** The options of a call with the signal that the cluster's middleware gave it. */
function withSignal<TOptions>(options: TOptions, signal: AbortSignal | undefined): TOptions {
  return signal === undefined ? options : ({ ...options, signal } as TOptions);
}`,
  untilCalledBack: `/**
 * A call whose last argument is called with its outcome. The client is lent until then. The promise is of what the
 * client returns at once; who ignores it misses nothing, for the callback is called in any case.
 */
function untilCalledBack<TClient>(
  cluster: Cluster<TClient>,
  args: readonly unknown[],
  send: (client: TClient, args: unknown[]) => unknown,
  options: DoOptions,
): Promise<unknown> {
  const callback = args.at(-1) as (...outcome: unknown[]) => unknown;
  const sent = new Promise<unknown>((resolve, reject) => {
    const lend = (client: TClient) =>
      new Promise<unknown[]>((end, fail) => {
        const done = (error: unknown, ...results: unknown[]) =>
          (error ?? undefined) === undefined ? end([error, ...results]) : fail(error);
        const answer = send(client, [...args.slice(0, -1), done]);
        resolve(answer);
        // Some clients know no callback at run time and give a promise: what Thrift generates for ES6 does so.
        if (answer instanceof Promise) answer.then((result) => end([null, result]), fail);
      });
    void cluster.do(lend, options).then(
      (outcome) => callback(...outcome),
      (error: unknown) => {
        reject(error);
        callback(error);
      },
    );
  });
  sent.catch(() => {});
  return sent;
}`,
  promised: `/** A call without its callback: a promise of what that would be called with. */
function promised<TClient>(
  cluster: Cluster<TClient>,
  args: readonly unknown[],
  send: (client: TClient, args: unknown[]) => unknown,
  options: DoOptions,
): Promise<unknown> {
  const lend = (client: TClient) =>
    new Promise<unknown>((resolve, reject) => {
      const done = (error: unknown, result: unknown) =>
        (error ?? undefined) === undefined ? resolve(result) : reject(error);
      send(client, [...args, done]);
    });
  return cluster.do(lend, options);
}`,
  whileRead: `/** A call that gives something to iterate over. The client is lent until the iteration ends. */
function whileRead<TClient>(
  cluster: Cluster<TClient>,
  send: (client: TClient, call: Call<TClient>) => unknown,
  options: DoOptions,
): Promise<unknown> {
  return whileOpen(cluster, send, options, readThrough);
}

function readThrough(answer: object, end: () => void, fail: (error: unknown) => void): object {
  const step = async (result: unknown, isLast: boolean) => {
    try {
      const turn = (await result) as IteratorResult<unknown> | undefined;
      if (isLast || turn?.done) end();
      return result;
    } catch (error) {
      fail(error);
      throw error;
    }
  };
  return new Proxy(answer, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (key === 'return' && value === undefined) {
        return (last?: unknown) => step(Promise.resolve({ done: true, value: last }), true);
      }
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        const result: unknown = Reflect.apply(value, target, args);
        if (key === Symbol.asyncIterator) return readThrough(result as object, end, fail);
        const isLast = key === 'return' || String(key) === 'Symbol(Symbol.asyncDispose)';
        return isLast || key === 'next' || key === 'throw' ? step(result, isLast) : result;
      };
    },
  });
}`,
  whileOpen: `/** A call that gives a stream. The client is lent until the stream is closed. */
function whileOpen<TClient>(
  cluster: Cluster<TClient>,
  send: (client: TClient, call: Call<TClient>) => unknown,
  options: DoOptions,
  follow: (answer: object, end: () => void, fail: (error: unknown) => void) => object = followStream,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let isAnswered = false;
    const lend = async (client: TClient, call: Call<TClient>) => {
      // What was handed out cannot be taken back: a failure from then on is the reader's, and no case for a retry.
      if (isAnswered) return;
      const answer = (await send(client, call)) as object;
      isAnswered = true;
      await new Promise<void>((end, fail) => resolve(follow(answer, end, fail)));
    };
    cluster.do(lend, options).catch(reject);
  });
}

function followStream(stream: object, end: () => void, fail: (error: unknown) => void): object {
  // A call of gRPC ends with its status.
  return (stream as EventEmitter).once('close', end).once('status', end).once(errorMonitor, fail);
}`,
};
