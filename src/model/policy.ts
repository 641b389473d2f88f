/**
 * The user's settings: the `@tmux-persist-*` options of the tmux server (there is no other configuration).
 * A bad value never stops anything: it is reported, and the default stands.
 */
import { mayBeStored } from './environment.js';
import { globPattern } from './glob.js';
import { parseProgramChoice, type ProgramChoice } from './program-choices.js';
import type { Problem } from './report.js';
import { displayText, type Text } from './text.js';

/** What the user wants; see the README for each option. */
export interface Policy {
  /** Most lines of scrollback kept for a pane; 0 keeps none. */
  readonly scrollbackLines: number;
  readonly resume: 'auto' | 'view' | 'offer' | 'never';
  /** So many programs may be starting at once after a restore. */
  readonly resumeAtOnce: number;
  /** Globs of session names whose scrollback is not captured. */
  readonly exclude: readonly string[];
  readonly historyDays: number;
  /** Names of environment variables that are saved beside the usual ones. */
  readonly environment: readonly string[];
  /** Whether paste buffers are saved. */
  readonly buffers: boolean;
  /** More programs that come back, and when; and other modes for those that do so anyway. */
  readonly programs: readonly ProgramChoice[];
  /** What follows the user's own kill-server: nothing, or the sessions come back with the next server. */
  readonly afterKillServer: 'nothing' | 'restore';
  /** Whether the kernel is told to take a pane before the server when memory runs out. */
  readonly oomProtection: boolean;
}

/** What holds where the user set nothing. */
export const DEFAULT_POLICY: Policy = {
  scrollbackLines: 2000,
  resume: 'auto',
  resumeAtOnce: 4,
  exclude: [],
  historyDays: 30,
  environment: [],
  buffers: true,
  programs: [],
  afterKillServer: 'nothing',
  oomProtection: true,
};

const RESUME_MODES = ['auto', 'view', 'offer', 'never'] as const;
const AFTER_KILL_SERVER = ['nothing', 'restore'] as const;

const wordsOf = (list = ''): string[] => list.split(/\s+/).filter((word) => word !== '');

/** Returns the policy that the options say, and a problem for each value that can't be used. */
export function parsePolicy(options: Readonly<Record<string, string>>): { policy: Policy; problems: Problem[] } {
  const problems: Problem[] = [];
  const reject = (name: string, allowed: string, used: string | number): void => {
    problems.push({
      code: 'bad-option',
      message: `the tmux option @tmux-persist-${name} is '${displayText(options[name] ?? '')}', which is not ${allowed}; ${String(used)} is used`,
      hint: `tmux set -g @tmux-persist-${name} ${String(used)}`,
    });
  };
  const whole = (name: string, most: number, fallback: number, least = 0): number => {
    const value = options[name];
    if (value === undefined) return fallback;
    if (/^\d{1,7}$/.test(value) && Number(value) >= least && Number(value) <= most) return Number(value);
    reject(name, `a whole number ${least === 0 ? '' : `from ${String(least)} `}up to ${String(most)}`, fallback);
    return fallback;
  };
  const isOn = (name: string): boolean => {
    const value = options[name] ?? 'on';
    if (value !== 'on' && value !== 'off') reject(name, 'on or off', 'on');
    return value !== 'off';
  };
  // What can't be used is left out, and the rest of the list stands.
  const names = (name: string, allowed: string, isAllowed: (word: string) => boolean): string[] => {
    const words = wordsOf(options[name]);
    const good = words.filter(isAllowed);
    if (good.length < words.length) reject(name, allowed, `'${good.join(' ')}'`);
    return good;
  };
  const oneOf = <T extends string>(name: string, allowed: readonly T[], fallback: T): T => {
    const found = allowed.find((value) => value === (options[name] ?? fallback));
    if (found === undefined) reject(name, `one of ${allowed.join(', ')}`, fallback);
    return found ?? fallback;
  };
  const policy: Policy = {
    scrollbackLines: whole('scrollback', 100_000, DEFAULT_POLICY.scrollbackLines),
    resume: oneOf('resume', RESUME_MODES, DEFAULT_POLICY.resume),
    resumeAtOnce: whole('resume-at-once', 100, DEFAULT_POLICY.resumeAtOnce, 1),
    exclude: wordsOf(options['exclude']),
    historyDays: whole('history-days', 3650, DEFAULT_POLICY.historyDays),
    environment: names('environment', 'a list of variables that are neither secret nor of one login', mayBeStored),
    buffers: isOn('buffers'),
    programs: names(
      'programs',
      'a list of program names without a folder, each with =auto, =view, =offer or =never behind it or without',
      (word) => parseProgramChoice(word) !== null,
    ).flatMap((word) => parseProgramChoice(word) ?? []),
    afterKillServer: oneOf('after-kill-server', AFTER_KILL_SERVER, DEFAULT_POLICY.afterKillServer),
    oomProtection: isOn('oom-protection'),
  };
  return { policy, problems };
}

/** Returns whether a session's scrollback is to be left alone; globs know `*` and `?`. */
export function isExcluded(policy: Policy, sessionName: Text): boolean {
  const name = displayText(sessionName);
  return policy.exclude.some((glob) => globPattern(glob).test(name));
}
