/**
 * The user's settings: the `@tmux-persist-*` options of the tmux server (there is no other configuration).
 * A bad value never stops anything: it is reported, and the default stands.
 */
import type { Problem } from './report.js';
import { displayText, type Text } from './text.js';

/** What the user wants; see the README for each option. */
export interface Policy {
  /** Most lines of scrollback kept for a pane; 0 keeps none. */
  readonly scrollbackLines: number;
  readonly resume: 'auto' | 'view' | 'offer' | 'never';
  /** Globs of session names whose scrollback is not captured. */
  readonly exclude: readonly string[];
  readonly historyDays: number;
}

/** What holds where the user set nothing. */
export const DEFAULT_POLICY: Policy = { scrollbackLines: 2000, resume: 'auto', exclude: [], historyDays: 30 };

const RESUME_MODES = ['auto', 'view', 'offer', 'never'] as const;

/** Returns the policy that the options say, and a problem for each value that can't be used. */
export function parsePolicy(options: Readonly<Record<string, string>>): { policy: Policy; problems: Problem[] } {
  const problems: Problem[] = [];
  const reject = (name: string, allowed: string, used: string | number): void => {
    problems.push({
      code: 'bad-option',
      message: `the tmux option @tmux-persist-${name} is '${displayText(options[name] ?? '')}', which is not ${allowed}; ${String(used)} is used`,
      hint: `set -g @tmux-persist-${name} ${String(used)}`,
    });
  };
  const whole = (name: string, most: number, fallback: number): number => {
    const value = options[name];
    if (value === undefined) return fallback;
    if (/^\d{1,7}$/.test(value) && Number(value) <= most) return Number(value);
    reject(name, `a whole number up to ${String(most)}`, fallback);
    return fallback;
  };
  const resume = RESUME_MODES.find((mode) => mode === (options['resume'] ?? DEFAULT_POLICY.resume));
  if (resume === undefined) reject('resume', `one of ${RESUME_MODES.join(', ')}`, DEFAULT_POLICY.resume);
  const policy: Policy = {
    scrollbackLines: whole('scrollback', 100_000, DEFAULT_POLICY.scrollbackLines),
    resume: resume ?? DEFAULT_POLICY.resume,
    exclude: (options['exclude'] ?? '').split(/\s+/).filter((glob) => glob !== ''),
    historyDays: whole('history-days', 3650, DEFAULT_POLICY.historyDays),
  };
  return { policy, problems };
}

/** Returns whether a session's scrollback is to be left alone; globs know `*` and `?`. */
export function isExcluded(policy: Policy, sessionName: Text): boolean {
  const name = displayText(sessionName);
  return policy.exclude.some((glob) => {
    const pattern = glob
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replace(/\*/g, '.*')
      .replace(/\?/g, '.');
    return new RegExp(`^${pattern}$`, 'su').test(name);
  });
}
