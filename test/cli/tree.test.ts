/**
 * Saved states for a person to read: the tree of `show`, and the plan of `restore --dry-run`.
 */
import assert from 'node:assert/strict';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import type { Manifest, Pane } from '../../src/model/manifest.js';
import { AgentRig, buildProgram } from '../support/agent-rig.js';
import { aConversation, aPane, aProgram, aSession, aWindow, someContents } from '../support/builders.js';
import { waitFor } from '../support/tmux-rig.js';

before(buildProgram);

const ID = '6f1a2b3c-0000-4000-8000-000000000001';

/** Returns the time so many seconds ago. */
const ago = (seconds: number): string => new Date(Date.now() - seconds * 1000).toISOString();

/** A rig whose last saved state is what was saved of its server, but for these changes; its server is gone. */
async function holding(
  rig: AgentRig,
  changes: (saved: Manifest) => Partial<Manifest>,
  open: () => Promise<unknown> = () => Promise.resolve(),
): Promise<void> {
  const pid = await rig.begin('first', '-n', 'w');
  await open();
  assert.equal((await rig.run(['save'])).code, 0);
  await rig.killServer(pid);
  const path = join((await rig.stateFolder()) ?? '', 'manifest.json');
  const saved = JSON.parse(await readFile(path, 'utf8')) as Manifest;
  await writeFile(path, JSON.stringify({ ...saved, ...changes(saved) }), { mode: 0o600 });
}

/** Returns what a command prints. */
async function printed(rig: AgentRig, ...args: string[]): Promise<string> {
  const ran = await rig.run(args);
  assert.deepEqual([ran.code, ran.stderr], [0, ''], args.join(' '));
  return ran.stdout;
}

const idle = (number: number, changes: Partial<Pane> = {}): Pane => aPane(number, { contents: null, ...changes });

describe('trees', { concurrency: 4 }, () => {
  test('show says where everything is, a shared window once, what waits, what was closed, and what is pasted', async (t) => {
    const rig = await AgentRig.make(t);
    const talk = aProgram({ kind: 'claude', conversation: aConversation({ id: ID, confidence: 'inferred' }) });
    const editor = aWindow(1, {
      name: 'editor',
      zoomed: true,
      activePane: '%1',
      panes: [
        idle(1, {
          currentPath: join(rig.home, 'src/api'),
          program: talk,
          contents: { ...someContents(1), lines: 1953 },
        }),
        idle(2, { index: 1, active: false, currentPath: '/srv', currentCommand: 'vim', marked: true }),
      ],
    });
    const logs = aWindow(2, { name: 'logs', panes: [idle(3, { dead: true, deadStatus: 3 })] });
    const kept = (number: number, name: string) => ({
      session: aSession(number, { name, windows: [{ index: 0, windowId: `@${number}` }] }),
      windows: [aWindow(number, { name: 'w', panes: [idle(number)] })],
    });
    await holding(rig, () => ({
      savedAt: ago(180),
      sessions: [
        aSession(1, {
          name: 'api',
          group: 'team',
          activeWindow: '@1',
          lastWindows: ['@2'],
          windows: [
            { index: 0, windowId: '@1' },
            { index: 3, windowId: '@2' },
          ],
        }),
        aSession(2, { name: 'web', activeWindow: '@2', windows: [{ index: 1, windowId: '@2' }] }),
      ],
      windows: [editor, logs],
      pending: [
        { since: ago(300), how: 'lost', part: false, ...kept(7, 'docs') },
        { since: ago(301), how: 'skipped', part: false, ...kept(7, 'notes') },
      ],
      closed: [{ closedAt: ago(10_800), how: 'kill-server', ...kept(9, 'old') }],
      buffers: [{ name: 'buffer0', automatic: true, bytes: 1204, sha256: '0'.repeat(64) }],
      lastSession: 'web',
    }));
    const text = await printed(rig, 'show');
    const [id = '', saved = '', ...rest] = text.split('\n');
    assert.match(id, /^\d{8}T\d{6}\.\d{3}Z-[0-9a-f]{4}$/);
    assert.match(saved, /^saved 3 min ago, at \S+Z \(saved on request\) {2}tmux 3\.\d+\w*$/);
    assert.deepEqual(rest, [
      '2 sessions, 2 windows, 3 panes, 1 conversation, 1 paste buffer of 1,204 bytes',
      '',
      'api  2 windows  group team',
      '  0: editor*ZM  80x24',
      '    0*: ~/src/api  claude',
      `        conversation ${ID} (inferred)`,
      '        1,953 lines of scrollback',
      '    1: /srv  vim  marked',
      '  3: logs-  80x24',
      '    0: /home/user  dead, exit status 3',
      'web  1 window  last used',
      '  1: logs*  same as api:3',
      '',
      'Not restored yet:',
      '',
      'docs  1 window  lost 5 min ago',
      '  0: w*  80x24',
      '    0: /home/user  bash',
      'notes  1 window  left alone by a restore 5 min ago',
      '  0: w*  80x24',
      '    0: /home/user  bash',
      '',
      'Closed, kept for a week:',
      '',
      'old  1 window  closed by kill-server 3 h ago',
      '  0: w*  80x24',
      '    0: /home/user  bash',
      '',
    ]);
  });

  test('a tree keeps to 80 columns, and no saved text can drive the terminal that shows it', async (t) => {
    const rig = await AgentRig.make(t);
    const long = join(rig.home, 'one word of a path that needs most of a line by itself'.replaceAll(' ', '-'));
    const hostile = '/tmp/\u001b[31mred\u0007\u202egnp.exe\n0: forged';
    await holding(rig, () => ({
      sessions: [aSession(1, { name: 'wide 日本語 🙂' })],
      windows: [
        aWindow(1, {
          name: '\u001b]0;title\u0007',
          panes: [
            idle(1, { currentPath: long, currentCommand: 'a-command-with-a-name', contents: someContents(1) }),
            idle(2, { index: 1, active: false, currentPath: hostile, currentCommand: '\u009b2J' }),
          ],
        }),
      ],
    }));
    for (const args of [['show'], ['restore', '--dry-run']]) {
      const text = await printed(rig, ...args);
      assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/, args.join(' '));
      assert.doesNotMatch(text, /^0: forged/m);
      assert.match(text, /^wide 日本語 🙂 {2}1 window$/m);
      for (const line of text.split('\n')) assert.ok(line.length <= 80, line);
    }
  });

  test('a dry run says where each pane would start and with what, and the restore then does so', async (t) => {
    const rig = await AgentRig.make(t);
    const claude = await rig.program('claude', 'exec /bin/sleep 1000');
    const [here, gone] = [join(rig.home, 'here'), join(rig.home, 'gone')];
    const projects = join(rig.home, '.claude/projects', here.replaceAll(/[^A-Za-z0-9]/g, '-'));
    for (const folder of [here, gone, projects]) await mkdir(folder, { recursive: true });
    await writeFile(join(projects, `${ID}.jsonl`), '{}\n');
    const talk = (id: string): Partial<Pane> => ({
      currentPath: here,
      program: aProgram({
        kind: 'claude',
        exe: claude,
        argv: ['claude'],
        cwd: here,
        env: { PATH: rig.home },
        conversation: aConversation({ id }),
      }),
    });
    const panes: readonly Partial<Pane>[] = [
      talk(ID),
      talk(ID),
      talk(ID.replace('6f1a', '7f1a')),
      { currentPath: gone, currentCommand: 'vim', startCommand: [] },
      { currentPath: here, startCommand: ['tail', '-f', '/dev/null'] },
      { currentPath: here, startCommand: ['make && deploy'] },
    ];
    await holding(
      rig,
      ({ windows }) => ({
        windows: windows.map((window) => ({
          ...window,
          panes: window.panes.map((pane) => ({
            ...pane,
            contents: null,
            ...(window.name === 'work' ? panes[pane.index] : {}),
          })),
        })),
      }),
      async () => {
        await rig.tmux('new-session', '-d', '-s', 'api', '-n', 'work', '-x', '120', '-y', '40');
        for (let more = 1; more < panes.length; more++) {
          await rig.tmux('split-window', '-d', '-t', '=api:', 'sleep 1000');
          await rig.tmux('select-layout', '-t', '=api:', 'tiled');
        }
      },
    );
    await rm(gone, { recursive: true });
    const alone = await printed(rig, 'restore', '--dry-run', 'api');
    assert.match(alone, /^A tmux server is started first\.\n\napi {2}1 window\n {2}0: work\* {2}120x40\n/);
    await rig.begin('first');
    await rig.tmux('split-window', '-d', '-t', '=first:');
    const text = await printed(rig, 'restore', '--dry-run');
    assert.deepEqual(text.replaceAll(rig.home, 'HOME').split('\n'), [
      'api  1 window',
      '  0: work*  120x40',
      '    0*: ~/here  claude  resumes 6f1a2b3c-0000-4000-8000-000000000001',
      '    1: ~/here  claude is only offered:',
      `        HOME/claude --resume ${ID} --fork-session`,
      `        (conversation ${ID} is open elsewhere; this opens a copy of it)`,
      '    2: ~/here  claude is only offered:  HOME/claude',
      `        (conversation ${ID.replace('6f1a', '7f1a')} is gone (never prompted, or expired); this starts claude anew)`,
      '    3: ~/gone  (gone, starts above it)  shell (vim is not started)',
      '    4: ~/here  starts tail -f /dev/null',
      '    5: ~/here  shell  this pane was started with: make && deploy',
      '',
      'first  left alone: a session of this name is there already',
      'would restore 1 session, 6 panes, 1 program, conversations: 1 resumed, 1 offered, 1 missing; 1 left alone, 0 failed',
      '',
    ]);
    const offered = await printed(rig, 'restore', '--dry-run', '--no-programs');
    assert.match(offered, /6 panes, conversations: 2 offered, 1 missing;/);
    assert.equal((await rig.run(['restore'])).code, 5, 'a directory is gone');
    assert.deepEqual((await rig.status()).lastRestore?.conversations, { resumed: 1, offered: 1, missing: 1 });
    let commands = '';
    const runs = await waitFor('the programs', async () => {
      commands = await rig.tmux('list-panes', '-s', '-t', '=api', '-F', '#{pane_current_command}');
      return /^sleep\n(.*\n){3}tail\n/.test(commands) ? commands.split('\n') : null;
    }).catch((error: unknown) => {
      throw new Error(`there run: ${commands}`, { cause: error });
    });
    assert.deepEqual(
      runs.map((command) => ['sleep', 'tail'].includes(command)),
      [true, false, false, false, true, false],
    );
  });
});
