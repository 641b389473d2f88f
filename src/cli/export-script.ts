/**
 * Saved sessions as a shell script of tmux commands. Every saved text in it is one quoted word, and literal to tmux as well; what it
 * makes it addresses by id. Bytes that are not UTF-8 come through: the script is put together as latin1.
 */
import type { Candidate } from '../model/candidates.js';
import { bytesFromText, sameText, type Text } from '../model/text.js';
import { literalFormat, unstoredName } from '../tmux/codec.js';
import { exportedWindows, portableLayout, ranThere, type ExportedWindow } from './export-words.js';

const HEAD = `set -eu
socket=\${1-}
t() { tmux -u \${socket:+-S "$socket"} "$@"; }
free() {
  if t list-sessions -F '#{session_name}' 2>/dev/null | LC_ALL=C grep -Fqx -e "$1"; then
    printf '%s\\n' "nothing was made: a session of this name is there already: $1" >&2
    exit 1
  fi
}
id() { t display-message -p -t "$1" "#{$2_id}"; }
place() { [ "$(t display-message -p -t "$2" '#{window_index}')" = "$3" ] || t move-window -d -s "$2" -t "$1:$3"; }
`;

/** Rows for a pane while panes are split off. */
const ROWS_A_PANE = 3;

/** Returns the script; run with the path of a socket, it acts on the server there. */
export function exportScript(sessions: readonly Candidate[], stateId: string): Buffer {
  const made = new Map<string, string>();
  const leaders: { readonly candidate: Candidate; readonly variable: string }[] = [];
  const lines = [
    '#!/bin/sh',
    `# Sessions as tmux-persist saved them (state ${stateId}). It starts no program.`,
    HEAD,
    ...sessions.map(({ session }) => `free ${word(session.name)}`),
  ];
  for (const [at, candidate] of sessions.entries()) {
    const variable = `s${String(at + 1)}`;
    const leader = leaders.find((other) => isOneGroup(other.candidate, candidate));
    lines.push('');
    if (leader === undefined) lines.push(...sessionLines(candidate, variable, made));
    else
      lines.push(
        `${variable}=$(t new-session -d -P -F '#{session_id}' -t "$${leader.variable}" -s ${name(candidate)})`,
      );
    if (leader === undefined) leaders.push({ candidate, variable });
    lines.push(...selections(candidate, variable));
  }
  return Buffer.from(`${lines.join('\n')}\n`, 'latin1');
}

const isOneGroup = (left: Candidate, right: Candidate): boolean =>
  left.scope === right.scope &&
  left.session.group !== null &&
  right.session.group !== null &&
  sameText(left.session.group, right.session.group);

function sessionLines(candidate: Candidate, session: string, made: Map<string, string>): string[] {
  const { scope } = candidate;
  const links = exportedWindows(candidate);
  const keyOf = ({ window }: ExportedWindow): string => `${scope}/${window.id}`;
  const own = links.filter(
    (link, at) => !made.has(keyOf(link)) && links.findIndex((other) => other.window.id === link.window.id) === at,
  );
  const [first] = own;
  const size = [
    Math.max(1, ...links.map(({ window }) => window.width)),
    Math.max(1, ...links.map(({ window }) => Math.max(window.height, ROWS_A_PANE * window.panes.length + 2))),
  ].map(String);
  const free = Math.max(...links.map(({ index }) => index)) + 1;
  const lines = [
    `${session}=$(t new-session -d -P -F '#{session_id}' -s ${name(candidate)} -x ${size.join(' -y ')}${first === undefined ? '' : start(first)})`,
    `w=$(id "$${session}:" window)`,
    `place "$${session}" "$w" ${String(first?.index ?? free)}`,
  ];
  for (const link of own) {
    const variable = `w${String(made.size + 1)}`;
    made.set(keyOf(link), variable);
    lines.push(
      link === first
        ? `${variable}=$w`
        : `${variable}=$(t new-window -d -P -F '#{window_id}' -t "$${session}:${String(link.index)}"${start(link)})`,
      ...windowLines(link, variable),
    );
  }
  for (const link of links.filter((other) => !own.includes(other)))
    lines.push(`t link-window -d -s "$${made.get(keyOf(link)) ?? ''}" -t "$${session}:${String(link.index)}"`);
  if (first === undefined) lines.push('t kill-window -t "$w"');
  // new-session -x -y leaves it behind.
  lines.push(`t set-option -u -t "$${session}:" default-size`);
  return lines;
}

/** The panes of a window, each split off the one before it, and then its layout. */
function windowLines({ window }: ExportedWindow, variable: string): string[] {
  const lines = [`p=$(id "$${variable}" pane)`];
  const focus = new Map<string, string>();
  for (const [at, pane] of window.panes.entries()) {
    if (at > 0) {
      lines.push(`p=$(t split-window -d -P -F '#{pane_id}' -t "$p"${directory(pane.currentPath)})`);
      lines.push(`t select-layout -t "$${variable}" tiled`);
    }
    const ran = ranThere(pane);
    if (ran !== null) lines.push(`# ${Buffer.from(ran).toString('latin1')}`);
    for (const role of window.panes.length === 1 ? [] : (['last', 'active'] as const)) {
      if (pane.id !== (role === 'last' ? window.lastPane : window.activePane)) continue;
      lines.push(`${role}=$p`);
      focus.set(role, role);
    }
  }
  const layout = portableLayout(window);
  // A layout has its size in it, but for one of tmux's making.
  if (layout === 'tiled')
    lines.push(
      `t resize-window -t "$${variable}" -x ${String(window.width)} -y ${String(window.height)}`,
      `t set-option -w -u -t "$${variable}" window-size`,
    );
  lines.push(`t select-layout -t "$${variable}" ${word(layout)}`);
  if (window.panes.length === 1) return lines;
  if (focus.has('last')) lines.push('t select-pane -t "$last"');
  if (focus.has('active')) lines.push('t select-pane -t "$active"');
  if (focus.has('active') && window.zoomed) lines.push('t resize-pane -Z -t "$active"');
  return lines;
}

/** Visits windows from the least to the most recent, as tmux remembers them. */
const selections = ({ session }: Candidate, variable: string): string[] =>
  [...session.lastWindows.toReversed(), session.activeWindow].flatMap((id) => {
    const link = session.windows.find(({ windowId }) => windowId === id);
    return link === undefined ? [] : [`t select-window -t "$${variable}:${String(link.index)}"`];
  });

const name = ({ session }: Candidate): string => format(unstoredName(session.name));

const start = ({ window }: ExportedWindow): string =>
  `${window.automaticRename ? '' : ` -n ${format(window.name)}`}${directory(window.panes[0]?.currentPath ?? '')}`;

const directory = (path: Text): string => (path === '' ? '' : ` -c ${format(path)}`);

const format = (text: Text): string => word(literalFormat(text), true);

/** Returns a text as one word of the shell; at the end of a word a semicolon would end a command of tmux (cmd-parse.y). */
function word(text: Text, isForTmux = false): string {
  const bytes = Buffer.from(bytesFromText(text)).toString('latin1');
  const literal = isForTmux ? bytes.replace(/;$/, () => '\\;') : bytes;
  return `'${literal.replaceAll("'", String.raw`'\''`)}'`;
}
