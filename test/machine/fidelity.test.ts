/** Everything that a server can be told, on every tmux that the machines have: after its death it is told again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { layoutCells } from '../../src/model/layout.js';
import type { Machine, User } from './machine.js';
import { machineTests } from './machine-tests.js';
import { manifestOf, statusOf } from './product.js';
import * as sessions from './sessions.js';

/** Lines of a sourced file: groups, links, options of every kind, hooks, environments, marks, a dead pane, paste buffers. */
const BUILD = [
  `new-session -d -s work -n one -x 120 -y 40 -c /usr 'sleep 1000'`,
  `split-window -h -t work: -c /var 'sleep 1000'`,
  `split-window -v -t work: -c /tmp 'sleep 1000'`,
  `select-pane -t work:.0`,
  `select-pane -t work:.2`,
  `new-window -d -t work:7 -n seven 'sleep 1000'`,
  `new-session -d -s other -x 100 -y 30 'sleep 1000'`,
  `link-window -s work:7 -t other:3`,
  `new-session -d -t work -s third`,
  `new-session -d -t work -s fourth`,
  `rename-session -t work renamed`,
  `set-option -t renamed status-left 'hi #(touch CANARY) \$HOME'`,
  `set-option -t renamed @mine "a \\"q\\" #{x}"`,
  `set-hook -t renamed 'after-new-window[2]' 'display-message "yo ; #{x}"'`,
  `set-option -w -t renamed:one remain-on-exit on`,
  `set-option -w -t renamed:one synchronize-panes on`,
  `set-option -w -t other:0 monitor-silence 30`,
  `set-option -p -t renamed:one.1 @pane 'x y'`,
  `set-environment -t renamed EDITOR nvim`,
  `set-environment -g TZ Asia/Tokyo`,
  `set-option -g @runtime 1`,
  `set-option -s @server 2`,
  `set-option -gw @window 3`,
  `resize-window -t other:0 -x 77 -y 33`,
  `set-buffer first`,
  `set-buffer -b named 'nam ed'`,
  `set-buffer 'last #(touch CANARY)'`,
  `new-window -d -t other:9 -n dead 'sleep 1000'`,
  `set-option -w -t other:9 remain-on-exit on`,
  `respawn-pane -k -t other:9 'exit 3'`,
  `select-pane -m -t renamed:one.1`,
];
/** Panes that float over others, since tmux 3.7. */
const FLOATING = [
  `new-session -d -s floating -x 100 -y 30 'sleep 1000'`,
  `new-pane -d -t floating: -x 40 -y 10 -X 5 -Y 3 'sleep 1000'`,
  `new-pane -d -t floating: -x 20 -y 6 -X 30 -Y 12 'sleep 1000'`,
];

const WINDOW = 'session_name session_stack window_index window_active window_width window_height window_zoomed_flag';
const PANE = 'session_name window_index pane_index pane_active pane_last pane_marked pane_dead pane_current_path';

machineTests('everything that a server was told', (rig) => {
  test('What comes back is what was there: options, hooks, environments, marks, dead panes and paste buffers', async (t) => {
    const { machine } = rig;
    const user = await rig.addInstalledUser();
    const isNew =
      Number(/\d+\.\d+/.exec(await sessions.tmux(machine, user, 'display-message', '-p', '#{version}'))?.[0]) >= 3.7;
    await source(machine, user, isNew ? [...BUILD, ...FLOATING] : BUILD);
    await machine.waitFor('the dead pane', async () => {
      assert.equal(await sessions.tmux(machine, user, 'display-message', '-p', '-t', 'other:9', '#{pane_dead}'), '1');
    });
    const before = await picture(machine, user);
    assert.ok(before.length > 150, before.join('\n'));
    await machine.run(['tmux-persist', 'save'], { user });
    assert.equal((await manifestOf(machine, user)).buffers.length, 3);
    await machine.run(['kill', '-KILL', String(await sessions.serverPid(machine, user))]);
    await machine.waitFor('everything to be as it was', async () => {
      assert.deepEqual(await picture(machine, user), before);
    });
    const { lastRestore, problems } = await statusOf(machine, user);
    assert.deepEqual([lastRestore?.failed, lastRestore?.skipped, problems], [0, 0, []]);
    const { stdout } = await machine.tryRun(['find', '/home', '/tmp', '/usr', '/var', '-name', 'CANARY']);
    assert.equal(stdout, '');
    t.diagnostic(isNew ? 'with floating panes' : 'without floating panes: this tmux has none');
  });
});

function source(machine: Machine, user: User, lines: readonly string[]): Promise<string> {
  return machine.run(['tmux', '-u', '-N', 'source-file', '-'], { user, input: `${lines.join('\n')}\n` });
}

/** Returns all that tmux lists of its state, but for ids and the sizes of what tmux names by itself. */
async function picture(machine: Machine, user: User): Promise<readonly string[]> {
  const { windows, panes } = await ids(machine, user);
  const row = (fields: string): string =>
    `"${fields
      .split(' ')
      .map((field) => `#{${field}}`)
      .join('|')}"`;
  const names = (await sessions.sessionNames(machine, user)).map((name) => `=${name}:`);
  // A variable that is not set is a failure to tmux.
  const lines = [
    `list-sessions -F ${row('session_name session_group session_path')}`,
    `list-windows -a -F ${row(WINDOW)}`,
    `list-windows -a -F "L #{window_layout}"`,
    `list-windows -a -F "N #{?automatic-rename,,#{window_name}}"`,
    `list-panes -a -F ${row(PANE)}`,
    `list-buffers -F "#{buffer_size} #{buffer_sample}"`,
    ...names.flatMap((name) => [`show-options -H -t "${name}"`, `show-environment -t "${name}" EDITOR`]),
    ...windows.map((id) => `show-options -w -t ${id}`),
    ...panes.map((id) => `show-options -p -t ${id}`),
    'show-environment -g TZ',
    ...['-s', '-g', '-gw'].map((scope) => `show-options ${scope}`),
  ];
  const { stdout } = await machine.tryRun(['tmux', '-u', '-N', 'source-file', '-'], {
    user,
    input: `${lines.join('\n')}\n`,
  });
  return stdout
    .split('\n')
    .filter((line) => !line.includes('[8317]'))
    .map((line) => (line.startsWith('L ') ? layoutCells(line.slice(2)) : line));
}

async function ids(machine: Machine, user: User): Promise<{ windows: readonly string[]; panes: readonly string[] }> {
  const list = async (command: string, format: string): Promise<string[]> => [
    ...new Set((await sessions.tmux(machine, user, command, '-a', '-F', format)).split('\n')),
  ];
  const where = '#{session_name}:#{window_index}';
  const order = (rows: string[]): string[] => rows.sort().map((entry) => entry.split(' ')[1] ?? '');
  return {
    windows: order(await list('list-windows', `${where} #{window_id}`)),
    panes: order(await list('list-panes', `${where}.#{pane_index} #{pane_id}`)),
  };
}
