import assert from 'node:assert/strict';
import { ConnPoolError, InvalidOptionError, PoolClosedError } from '../../../lib/pool/errors.js';
import { ClientExistsError, ClientNotFoundError, ClientRegistry } from '../../../lib/registry/index.js';

interface Settings {
  readonly url: string;
}

/** A client that tests tell when to stand, to fail and whether to close. */
class Client {
  closed = 0;
  constructor(
    readonly name: string,
    readonly settings: Settings | undefined,
  ) {}
}

/** A registry whose creations each wait for `gates.get(name)`, when there is one. */
function makeRegistry() {
  const created: Client[] = [];
  const gates = new Map<string, Promise<void>>();
  const refusals = new Map<string, Error>();
  const registry = new ClientRegistry<Client, Settings | undefined>({
    create: async (name, settings) => {
      const client = new Client(name, settings);
      created.push(client);
      await gates.get(name);
      return client;
    },
    close: async (client) => {
      client.closed++;
      const refusal = refusals.get(client.name);
      if (refusal !== undefined) throw refusal;
    },
  });
  const hold = (name: string) => {
    let open!: () => void;
    let fail!: (error: Error) => void;
    gates.set(
      name,
      new Promise<void>((resolve, reject) => {
        open = resolve;
        fail = reject;
      }),
    );
    return { open, fail };
  };
  return { registry, created, gates, refusals, hold };
}

/** Lets everything that can go on without outside help go on. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('ClientRegistry', () => {
  it('refuses to give a client that nobody created', async () => {
    const { registry } = makeRegistry();
    await assert.rejects(registry.get('a'), (error: unknown) => {
      assert.ok(error instanceof ClientNotFoundError && error instanceof ConnPoolError);
      assert.equal(error.code, 'ERR_CLIENT_NOT_FOUND');
      assert.equal(error.name, 'ClientNotFoundError');
      assert.equal(error.clientName, 'a');
      assert.match(error.message, /'a' not found/);
      return true;
    });
  });

  it('creates a client with its options and gives the same one from then on', async () => {
    const { registry, created } = makeRegistry();
    const client = await registry.add('a', { url: 'x' });
    assert.deepEqual(client.settings, { url: 'x' });
    assert.equal(await registry.get('a'), client);
    assert.equal(await registry.mustGet('a', { url: 'y' }), client);
    assert.equal(created.length, 1);
  });

  it('refuses to add a name that is taken', async () => {
    const { registry, created } = makeRegistry();
    await registry.add('a', { url: 'x' });
    await assert.rejects(registry.add('a', { url: 'y' }), (error: unknown) => {
      assert.ok(error instanceof ClientExistsError && error instanceof ConnPoolError);
      assert.equal(error.code, 'ERR_CLIENT_EXISTS');
      assert.equal(error.name, 'ClientExistsError');
      assert.equal(error.clientName, 'a');
      assert.match(error.message, /'a' already exists/);
      return true;
    });
    assert.equal(created.length, 1);
  });

  it('shares one creation among all who ask at the same time', async () => {
    const { registry, created, hold } = makeRegistry();
    const gate = hold('a');
    const calls = [
      registry.mustGet('a', { url: '1' }),
      registry.mustGet('a', { url: '2' }),
      registry.mustGet('a'),
    ];
    await settle();
    assert.equal(created.length, 1);
    gate.open();
    const clients = await Promise.all(calls);
    assert.equal(new Set(clients).size, 1);
    assert.deepEqual(clients[0]?.settings, { url: '1' });
  });

  it('shows a creation under way to get, add, has and list', async () => {
    const { registry, hold } = makeRegistry();
    const gate = hold('a');
    const created = registry.mustGet('a');
    const got = registry.get('a');
    await assert.rejects(registry.add('a'), ClientExistsError);
    assert.equal(registry.has('a'), true);
    assert.deepEqual(registry.list(), ['a']);
    gate.open();
    assert.equal(await got, await created);
  });

  it('gives the error of a failed creation to all who wait, leaves no trace, and can try again', async () => {
    const { registry, gates, hold } = makeRegistry();
    const gate = hold('a');
    const refusal = new Error('no route');
    const seen: boolean[] = [];
    const calls = [registry.mustGet('a'), registry.get('a'), registry.mustGet('a')].map((call) =>
      call.finally(() => seen.push(registry.has('a'))),
    );
    gate.fail(refusal);
    for (const result of await Promise.allSettled(calls)) {
      assert.equal(result.status === 'rejected' && result.reason, refusal);
    }
    assert.deepEqual(seen, [false, false, false]);
    assert.deepEqual(registry.list(), []);
    gates.clear();
    assert.equal((await registry.add('a')).name, 'a');
  });

  it('treats a create that throws at once like one that rejects', async () => {
    const registry = new ClientRegistry<string>({
      create: () => {
        throw new RangeError('at once');
      },
      close: () => undefined,
    });
    await assert.rejects(registry.mustGet('a'), RangeError);
    assert.equal(registry.has('a'), false);
    await registry.close();
  });

  it('lists names in the order of their creation', async () => {
    const { registry } = makeRegistry();
    await Promise.all(['b', 'a', 'c'].map((name) => registry.mustGet(name)));
    assert.deepEqual(registry.list(), ['b', 'a', 'c']);
  });

  it('refuses names that are no names, and takes the odd ones', async () => {
    const { registry } = makeRegistry();
    for (const bad of ['', 7, undefined, null]) {
      await assert.rejects(registry.mustGet(bad as string), InvalidOptionError);
    }
    assert.equal((await registry.mustGet('__proto__')).name, '__proto__');
    await assert.rejects(registry.get('constructor'), ClientNotFoundError);
  });

  it('refuses options that are wrong, missing or unknown, by name', () => {
    const good = { create: () => 1, close: () => undefined };
    for (const [options, message] of [
      [undefined, /'options' must be an object/],
      [{ close: good.close }, /'create' must be a function, got undefined/],
      [{ ...good, close: 5 }, /'close' must be a function, got 5/],
      [{ ...good, colse: good.close }, /'colse' must be left out/],
    ] as const) {
      assert.throws(
        () => new ClientRegistry(options as never),
        (error: unknown) => error instanceof InvalidOptionError && message.test(error.message),
      );
    }
  });
});

describe('ClientRegistry.remove', () => {
  it('closes the client and frees the name at once', async () => {
    const { registry } = makeRegistry();
    const first = await registry.mustGet('a');
    const removed = registry.remove('a');
    assert.equal(registry.has('a'), false);
    const second = await registry.add('a');
    await removed;
    assert.notEqual(first, second);
    assert.deepEqual([first.closed, second.closed], [1, 0]);
  });

  it('refuses an unknown name', async () => {
    const { registry } = makeRegistry();
    await assert.rejects(registry.remove('a'), ClientNotFoundError);
  });

  it('passes on what close failed with, and the name stays free', async () => {
    const { registry, refusals } = makeRegistry();
    const refusal = new Error('stuck');
    refusals.set('a', refusal);
    await registry.mustGet('a');
    await assert.rejects(registry.remove('a'), refusal);
    assert.equal(registry.has('a'), false);
  });

  it('awaits a creation under way and closes what it gives', async () => {
    const { registry, created, hold } = makeRegistry();
    const gate = hold('a');
    const asked = registry.mustGet('a');
    const removed = registry.remove('a');
    await settle();
    assert.equal(created[0]?.closed, 0);
    gate.open();
    await removed;
    assert.equal((await asked).closed, 1);
  });

  it('is done when the creation under way fails, whose error goes to who asked for it', async () => {
    const { registry, hold } = makeRegistry();
    const gate = hold('a');
    const asked = registry.mustGet('a');
    const removed = registry.remove('a');
    gate.fail(new Error('no route'));
    await assert.rejects(asked, /no route/);
    await removed;
  });

  it('leaves a successor alone when the removed creation fails later', async () => {
    const { registry, gates, hold } = makeRegistry();
    const gate = hold('a');
    const asked = registry.mustGet('a');
    const removed = registry.remove('a');
    gates.clear();
    const successor = await registry.mustGet('a');
    gate.fail(new Error('no route'));
    await assert.rejects(asked, /no route/);
    await removed;
    assert.equal(await registry.get('a'), successor);
  });
});

describe('ClientRegistry.close', () => {
  it('closes every client once, and the same promise answers each call', async () => {
    const { registry, created } = makeRegistry();
    await Promise.all(['a', 'b', 'c'].map((name) => registry.mustGet(name)));
    const closed = registry.close();
    assert.equal(registry.close(), closed);
    assert.equal(registry[Symbol.asyncDispose](), closed);
    await closed;
    assert.deepEqual(
      created.map((client) => client.closed),
      [1, 1, 1],
    );
  });

  it('awaits creations under way and closes what they give', async () => {
    const { registry, created, hold } = makeRegistry();
    const good = hold('good');
    const bad = hold('bad');
    const asked = registry.mustGet('good');
    const refused = registry.mustGet('bad');
    let isClosed = false;
    const closed = registry.close().then(() => {
      isClosed = true;
    });
    bad.fail(new Error('no route'));
    await assert.rejects(refused, /no route/);
    await settle();
    assert.equal(isClosed, false);
    good.open();
    await closed;
    assert.equal((await asked).closed, 1);
    assert.deepEqual(
      created.map((client) => client.closed),
      [1, 0],
    );
  });

  it('closes all even when some fail, then throws one AggregateError with what they failed with', async () => {
    const { registry, created, refusals } = makeRegistry();
    const [first, third] = [new Error('first'), new Error('third')];
    refusals.set('a', first).set('c', third);
    await Promise.all(['a', 'b', 'c'].map((name) => registry.mustGet(name)));
    await assert.rejects(registry.close(), (error: unknown) => {
      assert.ok(error instanceof AggregateError);
      assert.deepEqual(error.errors, [first, third]);
      assert.equal(error.message, '2 of 3 clients failed to close');
      return true;
    });
    assert.deepEqual(
      created.map((client) => client.closed),
      [1, 1, 1],
    );
    await assert.rejects(registry.close(), AggregateError);
  });

  it('awaits removals under way, and leaves their errors to who asked for them', async () => {
    const { registry, refusals, hold } = makeRegistry();
    const gate = hold('a');
    refusals.set('a', new Error('stuck'));
    const asked = registry.mustGet('a');
    const removed = registry.remove('a');
    let isClosed = false;
    const closed = registry.close().then(() => {
      isClosed = true;
    });
    await settle();
    assert.equal(isClosed, false);
    gate.open();
    await assert.rejects(removed, /stuck/);
    await closed;
    assert.equal((await asked).closed, 1);
  });

  it('makes everything reject with a PoolClosedError from its call on', async () => {
    const { registry } = makeRegistry();
    await registry.mustGet('a');
    const closed = registry.close();
    const calls = [registry.get('a'), registry.mustGet('a'), registry.add('b'), registry.remove('a')];
    for (const result of await Promise.allSettled(calls)) {
      assert.ok(result.status === 'rejected' && result.reason instanceof PoolClosedError);
      assert.equal(result.reason.code, 'ERR_POOL_CLOSED');
    }
    assert.equal(registry.has('a'), false);
    assert.deepEqual(registry.list(), []);
    await closed;
  });

  it('closes what a create gives that closed the registry itself', async () => {
    const closed: string[] = [];
    const registry: ClientRegistry<string> = new ClientRegistry<string>({
      create: (name) => {
        void registry.close();
        return name;
      },
      close: (client) => closed.push(client),
    });
    await registry.mustGet('a');
    await registry.close();
    assert.deepEqual(closed, ['a']);
  });

  it('closes an empty registry', async () => {
    await makeRegistry().registry.close();
  });
});
