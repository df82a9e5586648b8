import assert from 'node:assert/strict';
import { requireRedis } from '../../support/redis-server.js';
import { waitFor } from '../../support/wait-for.js';
import { type ExampleRun, runExample, startExample } from './run-example.js';

describe('npm run example:http-clients', function () {
  this.timeout(40_000);
  let run: ExampleRun;

  before(async () => {
    run = await runExample('http-clients');
  });

  it('answers every call while a server fails or is slow, and shows what breaker and hedging did', () => {
    const { exitCode, output, errors } = run;
    assert.equal(exitCode, 0, output + errors);
    assert.equal(errors, '');
    assert.match(output, /^All is well.*\n {2}300 answered, 0 refused, 0 failed/m);
    const [, ill] =
      /^East fails.*\n {2}breaker of east opens: Error: the server answered 500\n([\s\S]*?)\n\w/m.exec(
        output,
      ) ?? [output, ''];
    assert.match(ill ?? '', /300 answered, 0 refused, 0 failed/);
    const [, toEast] = /requests: north \d+, east (\d+)/.exec(ill ?? '') ?? [];
    assert.ok(Number(toEast) < 40, `an open breaker keeps most calls away, but ${toEast} went to the server`);
    assert.match(output, /^East is well again.*\n.*east lets a call through on trial\n.*east closes$/m);
    assert.match(output, /^North takes 120 ms.*\n {2}100 answered, 0 refused, 0 failed/m);
    const [, requests = ''] = /^North takes[\s\S]*?requests: (.*)$/m.exec(output) ?? [];
    const sent = requests.split(', ').reduce((sum, part) => sum + Number(part.split(' ')[1]), 0);
    assert.ok(sent > 100, `some calls are sent twice: ${requests}`);
    assert.match(output, /0 answered, 5 refused, 0 failed.*\n {2}requests: north 0, east 0, south 0/);
    assert.match(output, /805 calls = 800 answered \+ 5 refused \+ 0 failed\n$/);
  });

  it('reads from its own /metrics what it did', () => {
    const { output } = run;
    const requests = output.matchAll(/middleware_requests_total\{client="\w+",method="degrees"\} (\d+)/g);
    assert.equal(
      [...requests].reduce((sum, [, count]) => sum + Number(count), 0),
      805,
    );
    const refused = output.matchAll(
      /middleware_request_errors_total\{client="\w+",method="degrees"\} (\d+)/g,
    );
    assert.equal(
      [...refused].reduce((sum, [, count]) => sum + Number(count), 0),
      5,
    );
    assert.match(output, /weather_node_breaker_state\{cluster="weather",node="east"\} 0/);
  });

  it('keeps /metrics up with --serve, until it is interrupted', async () => {
    const example = startExample('http-clients', '--serve');
    const url = await waitFor(
      'the line that says what is served',
      () => /(http\S+) stays up/.exec(example.output)?.[1],
      { timeoutMs: 20_000 },
    );
    assert.ok(url);
    assert.match(await (await fetch(url)).text(), /^middleware_request_duration_seconds_bucket/m);
    example.child.kill('SIGINT');
    const { exitCode, signal, errors } = await example.ended;
    assert.deepEqual({ exitCode, signal, errors }, { exitCode: 0, signal: null, errors: '' });
  });

  it('takes its rate limit from Redis with --redis', async function () {
    await using redis = await requireRedis(this);
    const { exitCode, output, errors } = await runExample('http-clients', '--redis', redis.socket);
    assert.equal(exitCode, 0, output + errors);
    assert.match(output, /805 calls = 800 answered \+ 5 refused \+ 0 failed/);
  });

  it('ends at once, and tells no password, when there is no Redis', async () => {
    const { exitCode, output, errors } = await runExample(
      'http-clients',
      '--redis',
      'redis://:secret@127.0.0.1:1',
    );
    assert.equal(exitCode, 1);
    assert.equal(output, '');
    assert.equal(errors, 'cannot reach Redis: connect ECONNREFUSED 127.0.0.1:1\n');
  });

  it('says how it is used when a flag is wrong', async () => {
    const { exitCode, output, errors } = await runExample('http-clients', '--nonsense');
    assert.equal(exitCode, 2);
    assert.equal(output, '');
    assert.match(errors, /--nonsense[\s\S]*usage: main\.ts \[--serve\]/);
  });
});
