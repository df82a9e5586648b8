import assert from 'node:assert/strict';
import { faultsOf } from './config-faults.js';

const discovery = { type: 'static', endpoints: ['127.0.0.1:7000'] };

describe('messages about a config', () => {
  const cases: [title: string, config: unknown, fault: string][] = [
    ['an empty file', null, ': must be an object, got nothing (null)'],
    ['a text', 'secret', ': must be an object, got a value that is not shown (string)'],
    ['no services', {}, 'services: must be an object of services by their names, got nothing'],
    [
      'services in a list',
      { services: ['a'] },
      'services: must be an object of services by their names, got a list',
    ],
    [
      'a service that is empty',
      { services: { a: null } },
      'services.a: must be an object with discovery, got nothing (null)',
    ],
    [
      'a service without discovery',
      { services: { a: {} } },
      'services.a.discovery: must be an object whose type is static, file, dns, consul or etcd, got nothing',
    ],
    [
      'discovery without a type',
      { services: { a: { discovery: {} } } },
      "services.a.discovery.type: must be one of 'static', 'file', 'dns', 'consul', 'etcd', got nothing",
    ],
    [
      'a client that is a text',
      { services: { a: { discovery, client: './x.js' } } },
      "services.a.client: must be an object with a module, got './x.js' (string)",
    ],
    [
      'a section that is switched on without settings',
      { services: { a: { discovery, tls: true } } },
      'services.a.tls: must be false, or an object ({} = with its defaults), got true (boolean)',
    ],
    [
      'a token that YAML takes for a number',
      { services: {}, admin: { token: 12345 } },
      'admin.token: must be a non-empty string, got a value that is not shown (number)',
    ],
    [
      'a setting that stands one level too high',
      { services: { a: { discovery, maxActive: 5 } } },
      "services.a.maxActive: there is no such setting (did you mean 'pool.maxActive'?)",
    ],
    [
      'a setting that nobody knows',
      { services: {}, plugins: [] },
      'plugins: there is no such setting (known: services, admin, stopTimeout)',
    ],
  ];
  for (const [title, config, fault] of cases) {
    it(`say what is allowed and what was found: ${title}`, () => {
      assert.deepEqual(faultsOf(config), [fault]);
    });
  }

  it('say why a variable is no number', () => {
    assert.deepEqual(faultsOf({ services: {}, admin: { port: '${PORT}' } }, { PORT: '80' }), [
      "admin.port: must be an integer from 0 to 65535, got '${PORT}' (string): variables make texts, nothing else",
    ]);
  });

  it('show a variable by its name when only looking closer finds what is wrong with it', () => {
    const services = {
      a: { discovery: { type: 'consul', service: 's', address: '${ADDRESS}' } },
      b: { discovery: { type: 'static', endpoints: ['h:${PORT}'] } },
    };
    const faults = faultsOf({ services }, { ADDRESS: 'hunter2', PORT: '70000' }).join('\n');
    assert.match(faults, /a\.discovery\.address: must be 'host:port'.*, got '\$\{ADDRESS\}' \(string\)/);
    assert.match(
      faults,
      /b\.discovery\.endpoints\[0\]\.port: must be an integer.*, got 'h:\$\{PORT\}' \(string\)/,
    );
    assert.doesNotMatch(faults, /hunter2|70000/);
  });
});
