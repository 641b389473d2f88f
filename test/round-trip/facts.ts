/**
 * What was seen of a server as a flat list of facts: where, which field, which value. Ids, pids and times are left out: things
 * are known by the name of their session, the index of their window and the place of their pane in it.
 */
import { displayText, textFromBytes } from '../../src/model/text.js';
import type { Seen } from './observer.js';

/** One thing that can be seen of a server. */
export interface Fact {
  /** `session`, `session:window` or `session:window/pane`; empty for the server. */
  readonly where: string;
  readonly field: string;
  readonly value: string;
  /** For a pane: as what a report would name it, `session:window.index`. */
  readonly alias?: string;
}

/** Returns latin1 bytes as a report shows them. */
export const shown = (latin1: string): string => displayText(textFromBytes(Buffer.from(latin1, 'latin1')));

/** Returns the facts of a server. */
export function factsOf(seen: Seen): Fact[] {
  return [...serverFacts(seen), ...seen.sessions.flatMap((session) => sessionFacts(seen, session))];
}

function serverFacts(seen: Seen): Fact[] {
  const facts: Fact[] = [];
  const add = (field: string, value: string): void => void facts.push({ where: '', field: `server.${field}`, value });
  add(
    'sessions',
    seen.sessions
      .map(({ name }) => shown(name))
      .sort()
      .join('\n'),
  );
  for (const level of ['server', 'session', 'window']) {
    const lines = seen.block('settings', level).split('\n');
    const isOwn = (line: string): boolean => line.startsWith('@');
    // What tmux.conf says is tmux.conf's; options that begin with @ are set by hand and by plugins.
    add(`settings of ${level}`, lines.filter((line) => !isOwn(line)).join('\n'));
    add('options', `${level}\n${lines.filter(isOwn).sort().join('\n')}`);
  }
  add('hooks', hooksOf(seen.block('hooks', 'session') + seen.block('hooks', 'window')));
  add('environment', seen.block('environment', 'server'));
  add('keys', seen.block('keys', 'server'));
  // tmux numbers the buffers that it names itself, and lists the newest first.
  const buffers = seen.buffers.map(({ name }) => [
    name.replace(/^buffer\d+$/, 'automatic'),
    seen.block('buffer', name),
  ]);
  add('buffers', buffers.map(([name = '', text = '']) => `${shown(name)}=${shown(text)}`).join('\n'));
  return facts;
}

function sessionFacts(seen: Seen, session: Seen['sessions'][number]): Fact[] {
  const where = shown(session.name);
  const facts: Fact[] = [];
  const add = (field: string, value: string): void => void facts.push({ where, field: `session.${field}`, value });
  const members = seen.sessions.filter(({ group }) => group !== '' && group === session.group);
  const links = seen.windows.filter((link) => link.session === session.id);
  const [active = '', ...last] = session.stack.split(',');
  const others = members.map(({ name }) => shown(name)).sort();
  add('group', others.length > 1 ? others.join(' + ') : '');
  add('group name', session.group);
  add('path', session.path);
  add('active', active);
  add('last', `${last.join(',')},`);
  add('windows', links.map(({ index }) => index).join(','));
  add('options', inOrder(seen.block('options', session.id)));
  add('hooks', hooksOf(seen.block('hooks', session.id)));
  const [removed, set] = environment(seen.block('environment', session.id));
  add('environment', set);
  add('removed environment', removed);
  add('hidden environment', inOrder(seen.block('hidden', session.id)));
  return [...facts, ...links.flatMap((link) => windowFacts(seen, where, link))];
}

function windowFacts(seen: Seen, session: string, window: Seen['windows'][number]): Fact[] {
  const where = `${session}:${window.index}`;
  const facts: Fact[] = [];
  const add = (field: string, value: string): void => void facts.push({ where, field: `window.${field}`, value });
  const panes = seen.panes.filter((pane) => pane.window === window.id && pane.session === window.session);
  add('links', sharers(seen, window.id).join(' + '));
  // The name of a window that tmux renames is that of what runs in it.
  add('automatic rename', window.automaticRename);
  add('name', window.automaticRename === '1' ? '(automatic)' : window.name);
  add('layout', cellsOf(window.layout));
  add('visible layout', cellsOf(window.visible));
  add('size', `${window.width}x${window.height}`);
  add('zoomed', window.zoomed);
  add('panes', String(panes.length));
  add('pane numbers', panes.map(({ index }) => index).join(','));
  add('active pane', placeOf(panes, 'active'));
  add('last pane', placeOf(panes, 'last'));
  add('options', inOrder(seen.block('options', window.id)));
  add('hooks', hooksOf(seen.block('hooks', window.id)));
  return [...facts, ...panes.flatMap((pane, at) => paneFacts(seen, where, pane, at, window.zoomed === '1'))];
}

const placeOf = (panes: Seen['panes'], mark: 'active' | 'last'): string =>
  String(panes.findIndex((pane) => pane[mark] === '1'));

function paneFacts(seen: Seen, window: string, pane: Seen['panes'][number], at: number, zoomed: boolean): Fact[] {
  const where = `${window}/${String(at)}`;
  const alias = `${window}.${pane.index}`;
  const values = {
    title: pane.title,
    path: pane.path.replace(/ \(deleted\)$/, ''),
    // Behind a zoomed pane tmux leaves sizes as they were, whatever is set meanwhile (layout.c, layout_fix_panes).
    size: zoomed && pane.active !== '1' ? '' : `${pane.width}x${pane.height}`,
    dead: pane.dead,
    'end of dead': `${pane.deadStatus}/${pane.deadSignal}`,
    marked: pane.marked,
    'input off': pane.inputOff,
    'start command': pane.startCommand,
    options: inOrder(seen.block('options', pane.id)),
    hooks: hooksOf(seen.block('hooks', pane.id)),
  };
  return Object.entries(values).map(([field, value]) => ({ where, alias, field: `pane.${field}`, value }));
}

/** Returns where a window is linked: `session:index` of each session that has it. */
const sharers = (seen: Seen, id: string): string[] =>
  seen.windows
    .filter((link) => link.id === id)
    .map((link) => `${shown(seen.sessions.find((session) => session.id === link.session)?.name ?? '')}:${link.index}`)
    .sort();

/** Returns a layout without checksum and pane ids; tmux 3.8 writes JSON. */
const cellsOf = (layout: string): string =>
  layout.startsWith('{')
    ? layout.replace(/"%\d+"/g, '')
    : layout.replace(/^\w+,/, '').replace(/(\d+x\d+,\d+,\d+),\d+(?=[,\]}]|$)/g, '$1');

/** Options by their name; one whose name holds a blank is printed such that nobody can tell name and value apart. */
const inOrder = (lines: string): string =>
  lines
    .split('\n')
    .filter((line) => !line.startsWith('@odd '))
    .sort()
    .join('\n')
    .trim();

/** The user's hooks: ours are at an index that nobody uses, and come with an agent. */
const hooksOf = (lines: string): string =>
  lines
    .split('\n')
    .filter((line) => /^[\w-]+\[\d+\]/.test(line) && !line.includes('[8317]'))
    .sort()
    .join('\n');

/** What a session takes over from the client that makes it, by update-environment, is that client's. */
const FROM_CLIENT = /^(unset )?(DISPLAY|KRB5CCNAME|MSYSTEM|SSH_\w+|WINDOWID|XAUTHORITY|LANG|TERM)\b/;
const environment = (lines: string): [removed: string, set: string] => {
  const own = lines.split('\n').filter((line) => !FROM_CLIENT.test(line));
  const isRemoval = (line: string): boolean => line.startsWith('unset ');
  return [inOrder(own.filter(isRemoval).join('\n')), inOrder(own.filter((line) => !isRemoval(line)).join('\n'))];
};
