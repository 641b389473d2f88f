/** Options, hooks, environments and the list of buffers, as a real server has them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { displayText, textFromBytes, type Text } from '../../src/model/text.js';
import { isAutomatic } from '../../src/tmux/buffers.js';
import { quote } from '../../src/tmux/codec.js';
import { readDetails, type Details } from '../../src/tmux/details.js';
import { installHooks } from '../../src/tmux/events.js';
import { observe } from '../../src/tmux/observe.js';
import { HOSTILE_TEXTS, nastyTexts } from '../support/nasty-text.js';
import { TmuxRig, valueOf } from '../support/tmux-rig.js';

/** Reads the details of a rig's server; all variables are taken. */
async function details(rig: TmuxRig, keeps: (name: string) => boolean = () => true): Promise<Details> {
  return valueOf(await readDetails(rig.target, valueOf(await observe(rig.target)), keeps));
}

/** Returns the options of the only entry of a map. */
const only = <T>(map: ReadonlyMap<string, T>): T => {
  const [first, ...others] = map.values();
  assert.ok(first !== undefined && others.length === 0);
  return first;
};

/** What new-session -x -y leaves in the rig's session. */
const SIZE = { 'default-size': '80x24' };

test('options and hooks are read where they are set, and nowhere else', async (t) => {
  const rig = await TmuxRig.start(t);
  await rig.source(
    'set-option -t main status off',
    'set-option -t main @mine session',
    "set-option -t main update-environment ''",
    "set-option -t main status-format[1] '#[fg=red] two words'",
    "set-option -t main prefix '\"'",
    "set-option -t main prefix2 'C-\\'",
    "set-hook -t main client-attached ''",
    "set-hook -t main session-renamed 'display-message one'",
    'set-option -w -t main: pane-border-style "fg=red bold"',
    "set-hook -w -t main: window-renamed 'display-message w'",
    'set-option -p -t main: @mine pane',
    "set-hook -p -t main: pane-exited[7] 'kill-session'",
    'set-option -s @mine server',
    'set-option -g @mine global',
    'set-option -gw @mine windows',
    'set-option -g status-left x',
  );
  const found = await details(rig);
  assert.deepEqual(only(found.sessions).options, {
    ...SIZE,
    '@mine': 'session',
    'client-attached': '',
    prefix: '"',
    prefix2: 'C-\\',
    'session-renamed[0]': 'display-message one',
    status: 'off',
    'status-format[1]': '#[fg=red] two words',
    'update-environment': '',
  });
  assert.deepEqual(only(found.windows), {
    'pane-border-style': 'fg=red bold',
    'window-renamed[0]': 'display-message w',
  });
  assert.deepEqual(only(found.panes), { '@mine': 'pane', 'pane-exited[7]': 'kill-session' });
  assert.deepEqual(found.options, {
    server: { '@mine': 'server' },
    session: { '@mine': 'global' },
    window: { '@mine': 'windows' },
  });
});

test('each of several sessions, windows and panes has its own', async (t) => {
  const rig = await TmuxRig.start(t);
  await rig.source(
    'new-session -d -s other sleep 1000',
    'split-window -d -t main: sleep 1000',
    'new-window -d -t main: sleep 1000',
    'link-window -d -s main:1 -t other:9',
  );
  const snapshot = valueOf(await observe(rig.target));
  const panes = snapshot.windows.flatMap((window) => window.panes.map(({ id }) => id));
  for (const { id } of snapshot.sessions) await rig.tmux('set-option', '-t', id, '@id', id);
  for (const { id } of snapshot.windows) await rig.tmux('set-option', '-w', '-t', id, '@id', id);
  for (const id of panes) await rig.tmux('set-option', '-p', '-t', id, '@id', id);
  const found = await details(rig);
  assert.equal(found.panes.size, 4);
  for (const [id, { options }] of found.sessions) assert.equal(options['@id'], id);
  for (const [id, options] of [...found.windows, ...found.panes]) assert.equal(options['@id'], id);
});

test('values of any text come back as they were set', async (t) => {
  const rig = await TmuxRig.start(t);
  const texts: Text[] = [
    ...[
      '',
      ' ',
      '  two',
      '~',
      '~/x',
      '{',
      '}',
      ';',
      '%if',
      '$',
      '$x',
      '\\$x',
      '\\\\$x',
      '${HOME}',
      '\\',
      '"',
      "'",
      '[8317]',
    ],
    ...HOSTILE_TEXTS,
    ...nastyTexts(11, 150, { controls: true, invalid: true }),
    textFromBytes(Buffer.from([0xff])),
  ];
  await rig.source(
    ...texts.flatMap((text, at) => [
      `set-option -t main: @value-${String(at)} ${quote(text)}`,
      `set-option -p -t main: @value-${String(at)} ${quote(text)}`,
      `set-environment -t main: VALUE_${String(at)} ${quote(text)}`,
    ]),
  );
  const found = await details(rig);
  const { options, environment } = only(found.sessions);
  texts.forEach((text, at) => {
    const what = displayText(text);
    assert.deepEqual(options[`@value-${String(at)}`], text, what);
    assert.deepEqual(only(found.panes)[`@value-${String(at)}`], text, what);
    assert.deepEqual(environment[`VALUE_${String(at)}`], text, what);
  });
});

test('hooks come back as the commands that tmux reads again as the same', async (t) => {
  const rig = await TmuxRig.start(t);
  const texts = [
    ...['$x', '\\$x', '${HOME}', '#{pane_id}', 'it\'s "x"', 'a\tb\nc', 'é 😀', '{ }', '}', ';', '\\;', '~', '', ' a'],
    ...nastyTexts(12, 60, { controls: true, invalid: false }),
    // tmux drops a `--` as it prints, so that what begins with a dash would be taken for a flag.
  ].map((text) => `display-message ${quote(displayText(text).startsWith('-') ? 'dash' : text)}`);
  const commands = [
    ...texts,
    'kill-session',
    'if-shell -F "#{@x}" { set-option -g @y 1 ; display-message "a { b" } { kill-pane }',
    `if-shell true ${quote('display-message "in \\"\\$HOME\\""')}`,
    'display-message one ; display-message two',
  ];
  const set = (name: string, command: Text): string => `set-hook -t main ${name} ${quote(command)}`;
  await rig.source(...commands.map((command, at) => set(`session-renamed[${String(at)}]`, command)));
  const { options } = only((await details(rig)).sessions);
  assert.equal(Object.keys(options).filter((name) => name.startsWith('session-renamed[')).length, commands.length);
  const before = await rig.bytes('show-hooks', '-t', 'main');
  await rig.source(
    'set-hook -u -t main session-renamed',
    ...Object.entries(options).flatMap(([name, value]) => (name.startsWith('session-') ? [set(name, value)] : [])),
  );
  assert.deepEqual(await rig.bytes('show-hooks', '-t', 'main'), before);
  assert.deepEqual(only((await details(rig)).sessions).options, options);
});

test('commands on lines of their own are kept in their order', async (t) => {
  const rig = await TmuxRig.start(t);
  await rig.tmux('set-hook', '-t', 'main', 'session-renamed', 'set -g @a 1\nset -g @b 2');
  const command = only((await details(rig)).sessions).options['session-renamed[0]'] ?? '';
  await rig.source('set-hook -u -t main session-renamed', `set-hook -t main session-renamed ${quote(command)}`);
  await rig.tmux('rename-session', '-t', 'main', 'renamed');
  assert.equal(await rig.tmux('show-options', '-gqv', '@b'), '2');
});

test('what we set ourselves is not in it', async (t) => {
  const rig = await TmuxRig.start(t);
  await rig.source(
    'new-session -d -s kept sleep 1000',
    'set-option -t kept @tmux-persist-keep 1',
    'set-option -t kept destroy-unattached off',
    'set-option -t main destroy-unattached off',
    'set-option -g @tmux-persist-scrollback 7',
    "set-hook -t main client-attached 'display-message hi'",
    "set-hook -t main session-window-changed ''",
  );
  const before = await details(rig);
  valueOf(await installHooks(rig.target, ['$0', '$1']));
  assert.match(await rig.tmux('show-hooks', '-t', 'main'), /^client-attached\[8317\]/m);
  const found = await details(rig);
  assert.deepEqual(found, before);
  assert.deepEqual(found.sessions.get('$0')?.options, {
    ...SIZE,
    'client-attached[0]': 'display-message hi',
    'destroy-unattached': 'off',
    'session-window-changed': '',
  });
  assert.deepEqual(found.sessions.get('$1')?.options, {});
  assert.deepEqual(found.options.session, { '@tmux-persist-scrollback': '7' });
});

test('a variable is what its session was given: not what is global, removed or hidden, and no part of another value', async (t) => {
  const rig = await TmuxRig.start(t, { env: { GLOBAL: 'yes' } });
  const fake = 'x"; export REAL;\nFAKE="1"; export FAKE;\nOTHER=1\n-GONE\n';
  await rig.source(
    `set-environment -t main REAL ${quote(fake)}`,
    'set-environment -t main EMPTY ""',
    'set-environment -t main "ODD NAME" 1',
    'set-environment -r -t main GONE',
    'set-environment -h -t main HIDDEN 1',
    'set-environment -t main DROPPED 1',
  );
  const found = await details(rig, (name) => name !== 'DROPPED');
  assert.deepEqual(only(found.sessions).environment, { EMPTY: '', 'ODD NAME': '1', REAL: fake });
  assert.equal(found.environment['GLOBAL'], 'yes');
  assert.equal(found.environment['FAKE'], undefined);
});

test('an option whose name could be taken for another is left out', async (t) => {
  const rig = await TmuxRig.start(t);
  await rig.source(
    'set-option -t main "@two words" 1',
    `set-option -t main ${quote('@quote"')} 1`,
    'set-option -t main @good.name-1 1',
  );
  assert.deepEqual(only((await details(rig)).sessions).options, { ...SIZE, '@good.name-1': '1' });
});

test('buffers are listed newest first, with names of any text', async (t) => {
  const rig = await TmuxRig.start(t);
  const names = ['plain', 'two\nlines\tand tab', '#{pid}', '-', 'é', '\\101 "x"', 'buffer'];
  // tmux 3.7 refuses control characters in names, and doubles backslashes.
  const isStrict = (await rig.version()) >= 3.7;
  const good = names.filter((name) => !isStrict || !/[\n\t\\]/.test(name));
  await rig.source(...good.map((name, at) => `set-buffer -b ${quote(name)} ${'x'.repeat(at + 1)}`), 'set-buffer hello');
  const { buffers } = await details(rig);
  assert.deepEqual(buffers.map(({ name, bytes }) => [name, bytes]).toReversed(), [
    ...good.map((name, at) => [name, at + 1]),
    ['buffer0', 5],
  ]);
  assert.deepEqual(
    buffers.filter(({ name }) => isAutomatic(name)).map(({ name }) => name),
    ['buffer0'],
  );
});

test('what vanished since the look is not in it, and the rest is', async (t) => {
  const rig = await TmuxRig.start(t);
  await rig.source('new-session -d -s gone sleep 1000', 'set-option -t gone @x 1', 'set-option -t main @x 1');
  const snapshot = valueOf(await observe(rig.target));
  await rig.tmux('kill-session', '-t', 'gone');
  const found = valueOf(await readDetails(rig.target, snapshot, () => true));
  assert.deepEqual([...found.sessions.keys()], ['$0']);
  assert.deepEqual([found.windows.size, found.panes.size], [1, 1]);
  assert.equal(found.sessions.get('$0')?.options['@x'], '1');
});

test('an empty server has details of its own, and a server that is not there is a failure', async (t) => {
  const rig = await TmuxRig.make(t, { config: 'set -g @a 1\n' });
  await rig.startEmpty();
  const snapshot = valueOf(await observe(rig.target));
  assert.deepEqual(valueOf(await readDetails(rig.target, snapshot, () => false)), {
    sessions: new Map(),
    windows: new Map(),
    panes: new Map(),
    options: { server: {}, session: { '@a': '1' }, window: {} },
    environment: {},
    buffers: [],
  });
  await rig.kill();
  const failed = await readDetails(rig.target, snapshot, () => false);
  assert.equal(failed.ok ? 'details' : failed.error.reason, 'no-server');
});
