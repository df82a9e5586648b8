// The demo's echo service in a process of its own, to be killed and started again. The first argument is the port (0 =
// any free one). Sends the port over the ipc channel once it can be called, and ends with the process that started it.
import { startEchoServer } from './echo-server.js';

const { port } = await startEchoServer(Number(process.argv[2]));
process.once('disconnect', () => process.exit());
// Ctrl-C reaches the whole group: whoever started this one decides when it ends.
process.on('SIGINT', () => {});
process.send?.(port);
