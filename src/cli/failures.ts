/**
 * The only place that turns a failure into a sentence, a hint and an exit code. A new reason does not compile without all three.
 */
import { unreachable, type Failure, type Reason } from '../model/failure.js';
import { shellQuote } from '../model/shell-words.js';
import { displayText } from '../model/text.js';

/** The exit codes, as in the README. */
export const EXIT = {
  done: 0,
  bug: 1,
  usage: 2,
  noServer: 3,
  nothingSaved: 4,
  inPart: 5,
  state: 6,
  refused: 7,
  missing: 8,
} as const;

const EXIT_CODES = {
  'no-server': EXIT.noServer,
  'server-replaced': EXIT.noServer,
  'server-hung': EXIT.noServer,
  'snapshot-incomplete': EXIT.noServer,
  'tmux-missing': EXIT.missing,
  'tmux-too-old': EXIT.missing,
  'tmux-failed': EXIT.noServer,
  'nothing-saved': EXIT.nothingSaved,
  'not-found': EXIT.nothingSaved,
  'state-unreadable': EXIT.state,
  'format-unknown': EXIT.state,
  'state-unwritable': EXIT.state,
  'foreign-owner': EXIT.refused,
  locked: EXIT.refused,
  'agent-running': EXIT.refused,
  'bus-unavailable': EXIT.noServer,
  'agent-error': EXIT.noServer,
  'systemd-unavailable': EXIT.missing,
  'no-user-manager': EXIT.missing,
  'node-too-old': EXIT.missing,
  'not-ours': EXIT.refused,
  'file-unwritable': EXIT.state,
  'bad-environment': EXIT.usage,
} as const satisfies Record<Reason, number>;

/** One command each, that can be pasted; all that is to be said about it is in the sentence. */
const HINTS = {
  'no-server': 'tmux-persist restore',
  'server-replaced': 'tmux-persist status',
  'server-hung': 'ps -C tmux -o pid,stat,args',
  'snapshot-incomplete': 'tmux-persist save --verbose',
  'tmux-missing': 'tmux -V',
  'tmux-too-old': 'tmux -V',
  'tmux-failed': 'tmux ls',
  'nothing-saved': 'tmux-persist save',
  'not-found': 'tmux-persist history',
  'state-unreadable': 'tmux-persist history',
  'format-unknown': 'tmux-persist --version',
  'state-unwritable': 'df -h',
  'foreign-owner': 'tmux-persist doctor',
  locked: 'tmux-persist status',
  'agent-running': 'tmux-persist status',
  'bus-unavailable': 'systemctl --user status dbus',
  'agent-error': 'journalctl --user -u tmux-persist',
  'systemd-unavailable': 'systemctl --user status',
  'no-user-manager': 'tmux-persist agent --standalone',
  'node-too-old': 'node --version; install Node 20.12 or later',
  'not-ours': 'ls -l of that file; move it away',
  'file-unwritable': 'df -h, and ls -ld of its folder',
  'bad-environment': 'env',
} as const satisfies Record<Reason, string>;

const isReason = (code: string): code is Reason => code in HINTS;

/** Returns what to do about a problem that is a failure; null for the code of another one. */
export const hintFor = (code: string): string | null => (isReason(code) ? HINTS[code] : null);

/** Returns what to do about a problem with what is saved: room, where that is what is missing, else a look at whose it is and what it is. */
export function storeHintFor(code: string, message: string, path: string): string | null {
  if (code === 'foreign-owner') return `ls -ld ${shellQuote(path)}`;
  const isRefused = /permission|not permitted|not a |file already exists/.test(message);
  const isOfStore = code === 'state-unwritable' || code === 'state-unreadable';
  return isOfStore && isRefused ? `ls -ld ${shellQuote(path)}` : hintFor(code);
}

/** Returns the exit code of a failure; an agent's answer has the code of the reason it names. */
export function exitCodeOf(failure: Failure): number {
  if (failure.reason !== 'agent-error') return EXIT_CODES[failure.reason];
  const name = /([A-Za-z]+)$/.exec(failure.name)?.[1] ?? '';
  const reason = name.replace(/(?!^)[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
  return reason in EXIT_CODES ? EXIT_CODES[reason as Reason] : EXIT.bug;
}

/** Returns what failed, on what, and what to do next, for a person. */
export function describeFailure(failure: Failure): string {
  // Names, paths and what tmux says of them may hold anything.
  return displayText(sentenceOf(failure));
}

function sentenceOf(failure: Failure): string {
  switch (failure.reason) {
    case 'no-server':
      return `no tmux server answers on '${failure.socketPath}'; start tmux, or run 'tmux-persist restore'`;
    case 'server-replaced':
      return `another tmux server has just taken '${failure.socketPath}'; it is looked after in a moment`;
    case 'server-hung':
      return `the tmux server on '${failure.socketPath}' did not answer within ${String(failure.timeoutMs / 1000)} s; it may be stopped (state T of ps, until kill -CONT) or overloaded, nothing was changed`;
    case 'snapshot-incomplete':
      return `the tmux server did not answer in full (${failure.detail}); nothing was saved, the last good state is kept`;
    case 'tmux-missing':
      return `tmux can't be started (${failure.detail}); install tmux 3.2 or later`;
    case 'tmux-too-old':
      return `tmux ${failure.version} is too old; install tmux 3.2 or later`;
    case 'tmux-failed':
      return `tmux refused: ${failure.detail}`;
    case 'nothing-saved':
      return `nothing is saved in '${failure.path}' yet; run 'tmux-persist save', or start the agent`;
    case 'not-found':
      return `nothing saved has ${failure.what}; run 'tmux-persist show' or 'tmux-persist history' for what there is`;
    case 'state-unreadable':
      return `cannot read '${failure.path}': ${failure.detail}; run 'tmux-persist history' for other states`;
    case 'format-unknown':
      return `'${failure.path}' has the format '${failure.format}', which this version does not know; use a newer tmux-persist, nothing was changed`;
    case 'state-unwritable':
      return `cannot write '${failure.path}': ${failure.detail}; the last good state is kept, and saving goes on by itself once it can be written`;
    case 'foreign-owner':
      return `refusing to use '${failure.path}': ${failure.detail}; it must be yours alone`;
    case 'locked':
      return `'${failure.path}' is held by process ${String(failure.pid)}; try again when it is done`;
    case 'agent-running':
      return `another agent (pid ${String(failure.pid)}) serves this socket; run 'tmux-persist status'`;
    case 'bus-unavailable':
      return `cannot reach the session bus: ${failure.detail}; without a user manager run 'tmux-persist agent --standalone'`;
    case 'agent-error':
      return failure.detail === '' ? `the agent answered ${failure.name}` : failure.detail;
    case 'systemd-unavailable':
      return `the systemd user manager refused: ${failure.detail}`;
    case 'no-user-manager':
      return `no systemd user manager answers here (${failure.detail}), so nothing was done; without one run 'tmux-persist agent --standalone'`;
    case 'node-too-old':
      return `Node ${failure.version} is too old; install Node 20.12 or later`;
    case 'not-ours':
      return `'${failure.path}' is left as it is: ${failure.detail}`;
    case 'file-unwritable':
      return `cannot write '${failure.path}': ${failure.detail}`;
    case 'bad-environment':
      return failure.detail;
    default:
      return unreachable(failure);
  }
}
