/**
 * Decides which saved options, hooks and variables are set again, and when: what bends the layout or the end of a process
 * before them, and every array at the very end, for hooks are arrays and would run on the restore's own doing.
 */
import { refOf, type Candidate } from './candidates.js';
import type { Session, UserOptions, Window } from './manifest.js';
import type { ServerSettings } from './snapshot.js';
import type { SettleStep } from './steps.js';
import { sameText, type Text } from './text.js';
import { isAtLeast } from './tmux-version.js';

/** These come back with the window itself: its size, its name. */
const OF_THE_WINDOW = new Set(['window-size', 'automatic-rename']);

/** An entry of an array, or of a hook: `update-environment[3]`, `after-new-window[0]`, and since 3.8 `session-created[mine]`. */
const isArrayEntry = (name: string): boolean => /\[[\w-]+\]$/.test(name);

const entries = (options: Readonly<Record<string, Text>>, late: boolean): [string, Text][] =>
  Object.entries(options).filter(([name]) => isArrayEntry(name) === late);

/** Returns whether a session must be kept from `destroy-unattached`, which would end it before anybody could attach. */
export const mustKeep = (session: Session, settings: ServerSettings): boolean =>
  (session.options['destroy-unattached'] ?? settings.destroyUnattached) !== 'off';

/** Returns the steps that give a session its options and its environment. */
export function sessionOptionSteps(candidate: Candidate, settings: ServerSettings, late: boolean): SettleStep[] {
  const { session } = candidate;
  const target = refOf(candidate, session.id);
  const keep = mustKeep(session, settings);
  const options = entries(session.options, late)
    .filter(([name]) => !(keep && name === 'destroy-unattached'))
    .map(([name, value]): SettleStep => ({ kind: 'set-option', scope: 'session', target, name, value }));
  if (late) return options;
  const variables = Object.entries(session.environment).map(([name, value]): SettleStep => ({
    kind: 'set-environment',
    session: target,
    name,
    value,
  }));
  return [...options, ...variables];
}

/** Returns the steps that give a window and its panes their options. */
export function windowOptionSteps(candidate: Candidate, window: Window, late: boolean): SettleStep[] {
  const target = refOf(candidate, window.id);
  const own = entries(window.options, late)
    .filter(([name]) => !OF_THE_WINDOW.has(name))
    .map(([name, value]): SettleStep => ({ kind: 'set-option', scope: 'window', target, name, value }));
  const ofPanes = window.panes.flatMap((pane) =>
    entries(pane.options, late).map(([name, value]): SettleStep => ({
      kind: 'set-option',
      scope: 'pane',
      target: refOf(candidate, pane.id),
      name,
      value,
    })),
  );
  return [...own, ...ofPanes];
}

/**
 * Returns the name that a window is made with, exactly as it was stored, or null. Up to tmux 3.6 `-n` keeps any name as it is
 * given, and rename-window encodes it; since 3.7 both do (names.c, clean_name).
 */
export const nameAtBirth = (window: Window, version: string): Text | null =>
  window.automaticRename || isAtLeast(version, 3, 7) ? null : window.name;

/** Returns the steps that leave a window's name to tmux or keep it from it, as it was. */
export function nameSteps(
  candidate: Candidate,
  window: Window,
  settings: ServerSettings,
  version: string,
): SettleStep[] {
  const ref = refOf(candidate, window.id);
  const name = 'automatic-rename';
  const local = window.options[name];
  const isGlobal = local === undefined && settings.automaticRename === window.automaticRename;
  if (!window.automaticRename) {
    const isNamed = nameAtBirth(window, version) !== null;
    const renamed: SettleStep[] = isNamed ? [] : [{ kind: 'rename-window', window: ref, to: window.name }];
    // Either way of naming switches automatic-rename off for the window (cmd-rename-window.c, spawn.c).
    return isGlobal ? [...renamed, { kind: 'unset-option', scope: 'window', target: ref, name }] : renamed;
  }
  return isGlobal ? [] : [{ kind: 'set-option', scope: 'window', target: ref, name, value: local ?? 'on' }];
}

/**
 * Returns the steps that set the `@` options and variables of the whole server again which were set while it ran. What the
 * server's tmux.conf said then, and what it says now, is left to tmux.conf.
 */
export function globalSteps(
  saved: {
    readonly options: UserOptions;
    readonly configured: UserOptions | null;
    readonly environment: Variables;
  } | null,
  live: UserOptions,
): SettleStep[] {
  if (saved === null) return [];
  const scopes = ['server', 'session', 'window'] as const;
  const options = scopes.flatMap((scope) =>
    Object.entries(saved.options[scope]).flatMap(([name, value]): SettleStep[] => {
      const configured = saved.configured?.[scope][name];
      const now = live[scope][name];
      // Of a server whose start nobody saw, the settings of ours are more likely its tmux.conf's.
      const isUnknown = saved.configured === null && name.startsWith('@tmux-persist-');
      const isRunTime = !isUnknown && (configured === undefined || !sameText(configured, value));
      const isFree = now === undefined || (configured !== undefined && sameText(now, configured));
      return isRunTime && isFree ? [{ kind: 'set-global', scope, name, value }] : [];
    }),
  );
  const variables = Object.entries(saved.environment)
    .filter(([name]) => name !== 'PATH')
    .map(([name, value]): SettleStep => ({ kind: 'default-variable', name, value }));
  return [...options, ...variables];
}

type Variables = Readonly<Record<string, Text>>;
