/** Waits for a change of the server on the socket in its argument; prints how each wait ended. */
import { startWaiter } from '../../src/tmux/events.js';

const target = { binary: 'tmux', socketPath: process.argv[2] ?? '' };
process.stdout.write('waiting\n');
process.stdout.write(`${await startWaiter(target).ended}\n`);
