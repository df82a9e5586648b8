import assert from 'node:assert/strict';
import { recordHandles } from '../../support/handles.js';
import { runCell } from './cell.js';
import { ClientSockets } from './client-sockets.js';
import { FAULTS } from './faults.js';
import { allows, readOutcomes, writeOutcomes } from './outcome-table.js';
import { PHASES } from './phases.js';
import { type Subject, TCP, TCP_TLS, THRIFT_BUFFERED, THRIFT_FRAMED } from './subjects.js';

/** Prints what was seen as the tables of docs/failure-modes.md: `CONNPOOL_PRINT_FAULTS=1`. */
const PRINTS = process.env.CONNPOOL_PRINT_FAULTS === '1';

function describeFaults<TClient>(subject: Subject<TClient>): void {
  describe(`the network between ${subject.name} and its server`, () => {
    const expected = readOutcomes(subject.name);
    const seen = new Map<string, string[]>();
    let server: Awaited<ReturnType<typeof subject.start>>;

    before(async () => {
      server = await subject.start();
    });
    after(async () => {
      await server.stop();
      if (PRINTS) console.log(writeOutcomes(subject.name, seen));
    });

    for (const fault of FAULTS) {
      it(`ends every call as told under '${fault.name}', then serves again and leaves nothing open`, async () => {
        await null; // mocha starts the test's own timer when it has been given the promise
        const handles = recordHandles();
        using sockets = new ClientSockets();
        const scene = { port: server.port, sockets };
        const outcomes = await Promise.all(
          PHASES.map((phase) => runCell(subject, fault, phase, scene).catch((error) => `failed: ${error}`)),
        );
        seen.set(fault.name, outcomes);
        const cells = expected.get(fault.name) ?? [];
        const wrong = PHASES.map(({ name }, i) => ({ phase: name, seen: outcomes[i]!, told: cells[i] }));
        assert.deepEqual(
          wrong.filter((cell) => !allows(cell.told, cell.seen)),
          [],
        );
        await handles.assertNoneLeft();
      });
    }
  });
}

describeFaults(TCP);
describeFaults(TCP_TLS);
describeFaults(THRIFT_BUFFERED);
describeFaults(THRIFT_FRAMED);
