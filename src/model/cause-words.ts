/**
 * What ended a server, in the words of a sentence.
 */
import type { Cause } from './report.js';

const ENDED: Readonly<Record<Cause, string>> = {
  'oom-kill': 'was killed for want of memory',
  signal: 'was killed',
  'core-dump': 'crashed',
  'exit-code': 'ended with an error',
  'kill-server': 'was ended by its user (kill-server)',
  stopped: 'was stopped',
  reboot: 'ended with a reboot',
  unknown: 'ended, and nobody knows why',
};

const AFTER: Readonly<Record<Cause, string>> = {
  'oom-kill': 'an OOM kill',
  signal: 'the tmux server was killed',
  'core-dump': 'a crash of the tmux server',
  'exit-code': 'an error of the tmux server',
  'kill-server': 'a kill-server',
  stopped: 'a stop of the tmux server',
  reboot: 'a reboot',
  unknown: 'the end of the tmux server',
};

/** Returns what stands behind `the tmux server`. */
export const causeEnded = (cause: Cause): string => ENDED[cause];

/** Returns what stands behind `after`. */
export const causeAfter = (cause: Cause): string => AFTER[cause];
