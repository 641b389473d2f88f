/**
 * The tmux command of each step of a plan. Saved text goes in as literal tokens alone (`quote`), doubled where tmux
 * expands formats (`format`), so that nothing saved is a command or a format.
 */
import type { CreateStep, OptionScope, SettleStep } from '../model/steps.js';
import type { Text } from '../model/text.js';
import { UNSETTLED_COMMAND } from '../model/unsettled.js';
import { literalFormat, quote, unstoredName } from './codec.js';

/** Marks a session that outlives `destroy-unattached` until a client comes; our hook on that takes both options back. */
export const KEEP_OPTION = '@tmux-persist-keep';

/** An idle program that a pane holds until its own is started, in words that nobody else would choose. */
const PLACEHOLDER = UNSETTLED_COMMAND.join(' ');

/** Returns the live id of a ref, or null. */
export type LiveId = (ref: string) => string | null;

type Lines<S extends { kind: string }, Context> = {
  readonly [K in S['kind']]: (step: Extract<S, { kind: K }>, context: Context) => string | null;
};

const exact = (name: string, rest = ''): string => quote(`=${name}${rest}`);
const format = (text: Text): string => quote(literalFormat(text));
const at = (session: string, index: number): string => quote(`${session}:${String(index)}`);
const named = (name: Text | null): string => (name === null ? '' : ` -n ${format(name)}`);
const made = (line: number): string => quote(`N ${String(line)} #{session_id} #{window_id} #{pane_id}`);
const keep = (name: string, isKept: boolean): string =>
  isKept
    ? `\nset-option -t ${exact(name, ':')} destroy-unattached off\nset-option -t ${exact(name, ':')} ${KEEP_OPTION} 1`
    : '';

const CREATE: Lines<CreateStep, number> = {
  'new-session': (step, line) =>
    `new-session -d -E -P -F ${made(line)} -s ${quote(step.name)} -x ${String(step.width)} -y ${String(step.height)}${named(step.windowName)} -c ${format(step.path)} ${PLACEHOLDER}${keep(step.name, step.keep)}`,
  'new-window': (step, line) =>
    `new-window -d${named(step.windowName)} -P -F ${made(line)} -t ${exact(step.name, `:${String(step.index)}`)} ${PLACEHOLDER}`,
  // An empty command makes a pane without a process (cmd-split-window.c): nothing is forked that would be killed at once.
  'split-window': (step, line) =>
    `split-window -d ${step.before ? '-b ' : ''}-P -F ${made(line)} -t ${exact(step.name, `:${String(step.index)}.{bottom}`)} -l ${String(step.size)} ''`,
  'move-window': (step) =>
    `move-window -d -s ${exact(step.name, `:${String(step.from)}`)} -t ${exact(step.name, `:${String(step.to)}`)}`,
  'rename-session': (step) => `rename-session -t ${exact(step.name)} -- ${format(unstoredName(step.to))}`,
};

const FLAG: Readonly<Record<OptionScope, string>> = { session: '', window: '-w ', pane: '-p ' };
const GLOBAL = {
  server: 'set-option -s',
  session: 'set-option -g',
  window: 'set-option -gw',
} as const;

const SETTLE: Lines<SettleStep, LiveId> = {
  'link-window': (step, id) =>
    on(
      id(step.window),
      id(step.session),
      (window, session) => `link-window -d ${step.replace ? '-k ' : ''}-s ${window} -t ${at(session, step.index)}`,
    ),
  'make-room': (step, id) =>
    step.for.every((ref) => id(ref) === null)
      ? null
      : `move-window -d -s ${step.window} -t ${at(step.session, step.to)}`,
  'move-in': (step, id) =>
    on(
      id(step.window),
      id(step.session),
      (window, session) => `move-window -d -s ${window} -t ${at(session, step.index)}`,
    ),
  // With renumber-windows the indexes of all others would change with the closing.
  'close-unused': (step) =>
    [
      `set-option -t ${quote(step.session)} renumber-windows off`,
      `if-shell -F -t ${step.pane} ${quote(`#{&&:${step.condition},#{e|>:#{session_windows},1}}`)} { kill-window -t ${step.window} }`,
      `set-option -u -t ${quote(step.session)} renumber-windows`,
    ].join('\n'),
  'resize-window': (step, id) =>
    on(
      id(step.window),
      '',
      (window) => `resize-window -t ${window} -x ${String(step.width)} -y ${String(step.height)}`,
    ),
  'select-layout': (step, id) =>
    on(id(step.window), '', (window) => `select-layout -t ${window} ${quote(step.layout)}`),
  'rename-window': (step, id) =>
    on(id(step.window), '', (window) => `rename-window -t ${window} -- ${format(unstoredName(step.to))}`),
  title: (step, id) =>
    on(
      id(step.pane),
      '',
      (pane) => `select-pane -t ${pane} -T ${format(step.isEncoded ? unstoredName(step.title) : step.title)}`,
    ),
  'respawn-pane': (step, id) =>
    on(
      id(step.pane),
      '',
      (pane) => `respawn-pane -k -t ${pane} -c ${format(step.directory)} ${step.command.map(quote).join(' ')}`,
    ),
  'select-pane': (step, id) => on(id(step.pane), '', (pane) => `select-pane -t ${pane}`),
  zoom: (step, id) => on(id(step.pane), '', (pane) => `resize-pane -Z -t ${pane}`),
  mark: (step, id) => on(id(step.pane), '', (pane) => `select-pane -m -t ${pane}`),
  'join-group': (step, id) =>
    on(
      id(step.session),
      '',
      (session) =>
        `new-session -d -E -P -F ${quote(`G ${step.member} #{session_id}`)} -t ${quote(session)} -s ${quote(step.name)} -c ${format(step.path)}${keep(step.name, step.keep)}`,
    ),
  'rename-live': (step, id) =>
    on(id(step.session), '', (session) => `rename-session -t ${quote(session)} -- ${format(unstoredName(step.to))}`),
  'rename-member': (step) => `rename-session -t ${exact(step.name)} -- ${format(unstoredName(step.to))}`,
  'select-window': (step, id) => on(id(step.session), '', (session) => `select-window -t ${at(session, step.index)}`),
  // The name of an option is expanded as a format, its value is not (cmd-set-option.c).
  'set-option': (step, id) =>
    on(
      id(step.target),
      '',
      (target) => `set-option ${FLAG[step.scope]}-t ${quote(target)} ${format(step.name)} ${quote(step.value)}`,
    ),
  'unset-option': (step, id) =>
    on(id(step.target), '', (target) => `set-option ${FLAG[step.scope]}-u -t ${quote(target)} ${format(step.name)}`),
  'set-environment': (step, id) =>
    on(
      id(step.session),
      '',
      (session) => `set-environment -t ${quote(session)} ${quote(step.name)} ${quote(step.value)}`,
    ),
  // A format finds variables too (format.c, format_find).
  'default-variable': (step) =>
    `if-shell -F ${quote(`#{?${step.name},,1}`)} { set-environment -g ${quote(step.name)} ${quote(step.value)} }`,
  'set-global': (step) => `${GLOBAL[step.scope]} ${format(step.name)} ${quote(step.value)}`,
};

/** Returns the command of a step that creates; what it made is printed as `N LINE $session @window %pane`. */
export const createLine = (step: CreateStep, line: number): string | null => CREATE[step.kind](step as never, line);

/** Returns the command of a step that settles, or null where something it needs is not there; a joined session is printed as `G REF $session`. */
export const settleLine = (step: SettleStep, id: LiveId): string | null => SETTLE[step.kind](step as never, id);

const on = (
  first: string | null,
  second: string | null,
  line: (first: string, second: string) => string,
): string | null => (first === null || second === null ? null : line(first, second));
