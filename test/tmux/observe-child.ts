/** Looks at the server of the socket in its argument and prints what it saw: for a process with an environment of its own. */
import { observe } from '../../src/tmux/observe.js';

process.stdout.write(JSON.stringify(await observe({ binary: 'tmux', socketPath: process.argv[2] ?? '' })));
