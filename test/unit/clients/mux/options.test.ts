import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import { MuxConnection, mindAlpha, muxPool } from '../../../../lib/clients/mux/index.js';
import { InvalidOptionError } from '../../../../lib/pool/errors.js';

const port = 7;
const codec = mindAlpha();

function refusal(option: string, message: RegExp): (error: unknown) => boolean {
  return (error) =>
    error instanceof InvalidOptionError && error.option === option && message.test(error.message);
}

describe('the options of a multiplexed connection', () => {
  const refused: [unknown, string, RegExp][] = [
    [undefined, 'options', /an object/],
    [{}, 'codec', /a FrameCodec, such as lengthPrefixed/],
    [{ codec: 'mindAlpha' }, 'codec', /string/],
    [{ codec: null }, 'codec', /null/],
    [{ codec: mindAlpha }, 'codec', /a function/],
    [{ codec: { ...codec, maxId: 5 } }, 'codec', /an object/],
    [{ codec: { ...codec, answerHeaderBytes: 0 } }, 'codec', /an object/],
    [{ codec: { ...codec, readAnswerHeader: undefined } }, 'codec', /an object/],
    [{ codec, maxFrameBytes: 0 }, 'maxFrameBytes', /an integer from 1/],
    [{ codec, maxFrameBytes: 31 }, 'maxFrameBytes', /from 32, the size of an answer's header/],
    [{ codec, maxFrameBytes: Infinity }, 'maxFrameBytes', /Infinity/],
    [{ codec, requestTimeoutMs: 0 }, 'requestTimeoutMs', /above 0, or Infinity/],
    [{ codec, requestTimeoutMs: '5' }, 'requestTimeoutMs', /string/],
    [{ codec, peer: '' }, 'peer', /non-empty/],
    [{ codec, onBroken: true }, 'onBroken', /a function/],
    [{ codec, maxFrameSize: 1 }, 'maxFrameSize', /no such option.*Known: codec, maxFrameBytes/],
  ];
  for (const [i, [options, option, message]] of refused.entries()) {
    it(`are refused by name: ${option} (${i})`, () => {
      assert.throws(() => new MuxConnection(new Socket(), options as never), refusal(option, message));
    });
  }

  it('go with a socket and nothing else', () => {
    for (const socket of [undefined, {}, 'socket']) {
      assert.throws(() => new MuxConnection(socket as never, { codec }), refusal('socket', /a socket/));
    }
  });
});

describe('the options of a multiplexed pool', () => {
  const refused: [unknown, string, RegExp][] = [
    [undefined, 'options', /an object with port or path/],
    [{ codec }, 'port', /1 to 65535/],
    [{ port }, 'codec', /a FrameCodec/],
    [{ port, codec, host: '' }, 'host', /non-empty string/],
    [{ port, codec, tls: 1 }, 'tls', /got 1/],
    [{ port, codec, noDelay: 1 }, 'noDelay', /true or false/],
    [{ port, codec, keepAliveMs: 5 }, 'keepAliveMs', /from 1000/],
    [{ port, codec, maxFrameBytes: -1 }, 'maxFrameBytes', /an integer from 1/],
    [{ port, codec, maxFrameBytes: 5 }, 'maxFrameBytes', /from 32/],
    [{ port, codec, requestTimeoutMs: -1 }, 'requestTimeoutMs', /above 0/],
    [{ port, codec, heartbeat: true }, 'heartbeat', /a function/],
    [{ port, codec, pool: null }, 'pool', /an object/],
    [{ port, codec, pool: 4 }, 'pool', /an object/],
    [{ port, codec, pool: { dial: () => {} } }, 'pool.dial', /muxPool has its own/],
    [{ port, codec, pool: { heartbeat: () => {} } }, 'pool.heartbeat', /muxPool has its own/],
    [{ port, codec, pool: { close: () => {} } }, 'pool.close', /muxPool has its own/],
    [{ port, codec, pool: { meta: 1 } }, 'pool.meta', /muxPool has its own/],
    [{ port, codec, pool: { maxActive: 0 } }, 'maxActive', /an integer from 1/],
    [{ port, codec, maxActive: 1 }, 'maxActive', /no such option.*pool/],
  ];
  for (const [options, option, message] of refused) {
    it(`are refused by name: ${option} of ${Object.keys(options ?? {}).join(', ')}`, () => {
      assert.throws(() => muxPool(options as never), refusal(option, message));
    });
  }

  it('may be left undefined one by one', async () => {
    const nothing = {
      host: undefined,
      path: undefined,
      tls: undefined,
      noDelay: undefined,
      keepAliveMs: undefined,
    };
    const none = {
      maxFrameBytes: undefined,
      requestTimeoutMs: undefined,
      heartbeat: undefined,
      pool: undefined,
    };
    const pool = muxPool({ port, codec, ...nothing, ...none });
    assert.equal(pool.stats().maxActive, 10);
    await pool.close();
  });
});
