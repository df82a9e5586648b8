import assert from 'node:assert/strict';
import { resolveConfig } from '../../../lib/manager/config/load-config.js';
import { faultsOf } from './config-faults.js';

const service = { discovery: { type: 'static', endpoints: ['127.0.0.1:7000'] } };
const configOf = (name: string) =>
  JSON.parse(`{"services":{${JSON.stringify(name)}:${JSON.stringify(service)}}}`);

describe('the name of a service', () => {
  it('may be nearly any text', () => {
    for (const name of [
      'users',
      'users-v2.eu',
      'a b',
      'größe',
      '用户',
      'a/b?c=d&e',
      '"',
      'constructor',
      '7',
      'x'.repeat(300),
    ]) {
      assert.deepEqual(Object.keys(resolveConfig(configOf(name)).services), [name]);
    }
  });

  it('is refused when it cannot stand in logs, labels and URLs, or is none', () => {
    const refused: [name: string, path: string][] = [
      ['', 'services[""]'],
      ['  ', 'services["  "]'],
      ['a\nb', 'services["a\\u000ab"]'],
      ['a\u001b[2Jb', 'services["a\\u001b[2Jb"]'],
      ['a\u0085', 'services["a\\u0085"]'],
      ['a\u2028b', 'services["a\\u2028b"]'],
      ['a\ud800', 'services["a\\ud800"]'],
      ['__proto__', 'services.__proto__'],
    ];
    for (const [name, path] of refused) {
      assert.deepEqual(faultsOf(configOf(name)), [
        `${path}: a service must have a name: any text that is not blank and has no control characters or line ends in it, ` +
          "except '__proto__'",
      ]);
    }
  });

  it('that is refused does not hide what else is wrong with the service', () => {
    const [schema, name, cross] = faultsOf({
      services: { '': { ...service, balancer: 'best', protocol: 'tcp', transport: 'framed' } },
    });
    assert.match(schema!, /^services\[""\]\.balancer: must be one of/);
    assert.match(name!, /^services\[""\]: a service must have a name/);
    assert.match(cross!, /^services\[""\]\.transport: must be left out/);
  });

  it('and every other name is shown without control characters', () => {
    assert.deepEqual(
      faultsOf({ services: { a: { ...service, 'x\u001b[2J': 1, balancer: 'a\u0007' } } }).map(
        (fault) => fault.split(':')[0],
      ),
      ['services.a.balancer', 'services.a["x\\u001b[2J"]'],
    );
    assert.match(
      faultsOf({ services: { a: { ...service, balancer: 'a\u0007' } } })[0]!,
      /got 'a\\u0007' \(string\)$/,
    );
  });
});
