/**
 * `import`, with files as other tools leave them: what is added, what is left alone, what is said, and that it comes back.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { openStore } from '../../src/store/open-store.js';
import type { ImportReport, RestoreReport } from '../../src/model/report.js';
import { AgentRig, buildProgram, entriesOf, namesOf } from '../support/agent-rig.js';
import { valueOf, waitFor } from '../support/tmux-rig.js';

before(buildProgram);

const ID = '6f1a2b3c-0000-4000-8000-000000000001';

/** Writes a file below HOME; returns its path. */
async function file(rig: AgentRig, name: string, text: string | Buffer): Promise<string> {
  const path = join(rig.home, name);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, text);
  return path;
}

/** Runs an import with --json that must end with this code. */
async function imported(rig: AgentRig, path: string, code = 0, ...more: string[]): Promise<ImportReport> {
  const ran = await rig.run(['import', path, '--json', ...more]);
  assert.equal(ran.code, code, ran.stderr);
  return JSON.parse(ran.stdout) as ImportReport;
}

const resultsOf = ({ sessions }: ImportReport): string[] =>
  sessions.map(({ session, result }) => `${session} ${result}`);

describe('import', { concurrency: 4 }, () => {
  test('a table makes the first saved state, and restore brings it back with its conversations offered', async (t) => {
    const rig = await AgentRig.make(t);
    await rig.program('claude', 'echo started "$@" > ~/ran; exec sleep 1000');
    await file(
      rig,
      `.claude/projects/${rig.home.replace(/[^a-zA-Z0-9]/g, '-')}/${ID}.jsonl`,
      `{"type":"user","cwd":"${rig.home}","sessionId":"${ID}"}\n`,
    );
    const path = await file(rig, 'me.tsv', `web\t${rig.home}\t${ID}\nlogs\t/usr/share\t\n`);
    const env = { PATH: `${rig.home}:${rig.env['PATH'] ?? ''}` };
    const ran = await rig.run(['import', path], { env });
    assert.deepEqual([ran.code, ran.stderr], [0, '']);
    assert.match(
      ran.stdout,
      /^web {3}imported {2}1 window, 1 pane\nlogs {2}imported {2}1 window, 1 pane\nimported 2 sessions from a table; 0 left alone\n/,
    );
    const manifest = await rig.manifest();
    assert.deepEqual(
      [manifest?.server, namesOf(manifest?.sessions ?? []), manifest?.trigger],
      [null, ['logs', 'web'], 'import'],
    );
    const plan = await rig.run(['restore', '--dry-run']);
    assert.match(plan.stdout.replace(/\s+/g, ' '), new RegExp(`claude is only offered: \\S*claude --resume ${ID}`));
    assert.equal((await rig.json<RestoreReport>('restore')).restored, 2);
    await rig.sessions(['logs', 'web']);
    assert.equal(await rig.tmux('display-message', '-p', '-t', '=logs:', '#{pane_current_path}'), '/usr/share');
    const shown = await waitFor('the offer', async () => {
      const text = (await rig.tmux('capture-pane', '-pJ', '-t', '=web:')).replace(/\s+/g, ' ');
      return text.includes(`--resume ${ID}`) && text;
    });
    assert.ok(!shown.includes('dangerously'));
    await assert.rejects(readFile(join(rig.home, 'ran')), 'nothing was started');
  });

  test('importing twice adds nothing, and what lives or is saved is left alone and said', async (t) => {
    const rig = await AgentRig.make(t);
    await rig.begin('lives');
    const path = await file(rig, 'me.tsv', 'lives\t/usr\t\nnew\t/usr\t\n');
    const first = await imported(rig, path);
    assert.deepEqual([resultsOf(first), first.imported, first.skipped], [['lives skipped', 'new imported'], 1, 1]);
    const once = await rig.manifest();
    assert.deepEqual(
      [namesOf(once?.sessions ?? []), entriesOf(once?.pending ?? []), once?.id],
      [['lives'], ['imported new'], first.manifestId],
    );
    const again = await imported(rig, path);
    assert.deepEqual([resultsOf(again), again.manifestId], [['lives skipped', 'new skipped'], null]);
    assert.deepEqual(entriesOf((await rig.manifest())?.pending ?? []), ['imported new']);
    const told = await rig.run(['import', path]);
    assert.match(
      told.stdout,
      /lives {2}left alone {2}a session of this name lives\nnew {4}left alone {2}a session of this name waits/,
    );
    const restored = await rig.json<RestoreReport>('restore');
    assert.equal(restored.restored, 1);
    await rig.sessions(['lives', 'new']);
    assert.deepEqual(resultsOf(await imported(rig, path)), ['lives skipped', 'new skipped']);
  });

  test('a table may come through the standard input, and with --once nothing comes back that an import had added before', async (t) => {
    const rig = await AgentRig.make(t);
    await rig.begin('lives');
    const path = await file(rig, 'me.tsv', 'web\t/usr\t\nlogs\t/usr\t\n');
    const once = async (): Promise<ImportReport> => {
      const through = ['sh', '-c', 'exec "$@" <"$0"', path];
      const ran = await rig.run(['import', '-', '--once', '--json'], { through });
      assert.deepEqual([ran.code, ran.stderr], [0, '']);
      return JSON.parse(ran.stdout) as ImportReport;
    };
    assert.deepEqual(resultsOf(await once()), ['web imported', 'logs imported']);
    assert.equal((await rig.run(['forget', 'web'])).code, 0);
    const report = await once();
    assert.deepEqual(
      report.sessions.map(({ session, reason }) => [session, reason]),
      [
        ['web', 'it was imported before'],
        ['logs', 'a session of this name waits to be restored'],
      ],
    );
    assert.deepEqual(entriesOf((await rig.manifest())?.pending ?? []), ['imported logs']);
    assert.deepEqual(resultsOf(await imported(rig, path)), ['web imported', 'logs skipped'], 'its user may ask for it');
  });

  test('every bad line is said says what would come and writes nothing at all', async (t) => {
    const rig = await AgentRig.make(t);
    const path = await file(rig, 'me.tsv', 'web\t/usr\t\nbad\n');
    const report = await imported(rig, path, 5, '--dry-run');
    assert.deepEqual(
      [resultsOf(report), report.dryRun, report.manifestId, report.problems[0]?.line],
      [['web imported'], true, null, 2],
    );
    assert.equal(await rig.stateFolder(), null);
    const told = await rig.run(['import', '--dry-run', path]);
    assert.match(
      told.stdout,
      /^web {2}would be imported {2}1 window, 1 pane\nwould import 1 session from a table; 0 left alone\n$/,
    );
  });

  test('every bad line is said with its number, the rest is imported, and the exit code is 5', async (t) => {
    const rig = await AgentRig.make(t);
    const path = await file(
      rig,
      'me.tsv',
      `web\t/usr\t\nnonsense\nx\x1b]0;gotcha\x07\t/usr\t\napi\trelative\t\ntalk\t/usr\tno-id\n`,
    );
    const ran = await rig.run(['import', path]);
    assert.equal(ran.code, 5);
    const lines = ran.stderr.trimEnd().split('\n');
    assert.deepEqual(
      lines.map((line) => /^tmux-persist: line (\d+): /.exec(line)?.[1]),
      ['2', '3', '4', '5'],
    );
    assert.ok(!ran.stderr.includes('\x1b') && !ran.stdout.includes('\x1b'));
    assert.deepEqual(namesOf((await rig.manifest())?.sessions ?? []), ['talk', 'web']);
  });

  test('what has no session, is no text, is no file or is not there changes nothing', async (t) => {
    const rig = await AgentRig.make(t);
    const cases: readonly (readonly [string, number])[] = [
      [join(rig.home, 'missing'), 2],
      [rig.home, 6],
      ['/dev/zero', 6],
      [await file(rig, 'empty', ''), 6],
      [await file(rig, 'words', 'just some words\n'), 6],
      [await file(rig, 'bad.tsv', 'a\tb\tc\n'), 6],
      [await file(rig, 'binary', Buffer.from([0, 1, 2, 9])), 6],
      [await file(rig, 'bad.yaml', 'session_name: [\n'), 6],
      [
        await file(
          rig,
          'bomb.yaml',
          `a: &a [x]\n${Array.from(
            { length: 30 },
            (_, at) =>
              `b${String(at)}: &b${String(at)} [${Array(9)
                .fill(at === 0 ? '*a' : `*b${String(at - 1)}`)
                .join(', ')}]\n`,
          ).join('')}`,
        ),
        6,
      ],
      [await file(rig, 'deep.json', '['.repeat(200_000)), 6],
    ];
    for (const [path, code] of cases) {
      const ran = await rig.run(['import', path]);
      assert.deepEqual([ran.code, ran.stdout], [code, ''], `${path}: ${ran.stderr}`);
      assert.match(ran.stderr, /^tmux-persist: (line \d+: .*\ntmux-persist: )?not imported: .*\n$/);
    }
    assert.equal(await rig.manifest(), null);
    assert.equal((await rig.run(['import'])).code, 2);
  });

  test('a save file of tmux-resurrect comes back with its windows, layouts, focus and the text of its panes', async (t) => {
    const rig = await AgentRig.make(t);
    const pane = (window: string, index: string, directory: string, active: string): string =>
      [
        'pane',
        'blue',
        window,
        window === '1' ? '1' : '0',
        window === '1' ? ':*' : ':-',
        index,
        'title',
        `:${directory}`,
        active,
        'bash',
        ':',
      ].join('\t');
    const text = [
      ...[pane('0', '0', '/usr', '1'), pane('1', '0', '/usr/share', '0'), pane('1', '1', '/usr/lib', '1')],
      ['window', 'blue', '0', ':first', '0', ':-', 'b25d,80x24,0,0,0', 'off'].join('\t'),
      ['window', 'blue', '1', ':second', '1', ':*', '9797,200x49,0,0{100x49,0,0,8,99x49,101,0,9}', 'off'].join('\t'),
      ['grouped_session', 'green', 'blue', ':1', ':0'].join('\t'),
      'state\tblue\tblue',
    ];
    await file(rig, '.tmux/resurrect/tmux_resurrect_1.txt', `${text.join('\n')}\n`);
    await symlink('tmux_resurrect_1.txt', join(rig.home, '.tmux/resurrect/last'));
    await file(
      rig,
      'save/pane_contents/pane-blue:1.0',
      'what was \u001b[31mread\u001b[0m\nand \u001b]52;c;aGk=\u0007more\n',
    );
    const archive = execFileSync('tar', ['czf', '-', '-C', join(rig.home, 'save'), './pane_contents/']);
    await file(rig, '.tmux/resurrect/pane_contents.tar.gz', archive);
    const report = await imported(rig, join(rig.home, '.tmux/resurrect/last'));
    assert.deepEqual(
      [report.format, resultsOf(report), report.problems],
      ['resurrect', ['blue imported', 'green imported'], []],
    );
    const restored = await rig.json<RestoreReport>('restore');
    assert.deepEqual([restored.restored, restored.differences], [2, []]);
    assert.deepEqual(
      (await rig.shape()).split('\n').filter((line) => line.startsWith('blue')),
      ['blue:0:0 first 80x24 /usr - 1', 'blue:1:0 second 100x49 /usr/share * 0', 'blue:1:1 second 99x49 /usr/lib * 1'],
    );
    assert.equal(
      await rig.tmux('display-message', '-p', '-t', '=green:', '#{session_group} #{window_index}'),
      'blue 0',
    );
    await waitFor('the text of the pane', async () =>
      (await rig.tmux('capture-pane', '-p', '-t', '=blue:1.0')).startsWith('what was read\nand ]52;c;aGk=more\n'),
    );
    assert.equal(await rig.tmux('list-buffers'), '');
  });

  test('the text of panes is that of the last save file alone, and a damaged archive is said', async (t) => {
    const rig = await AgentRig.make(t);
    const line = (name: string): string =>
      ['pane', name, '0', '1', ':*', '0', 't', ':/usr', '1', 'bash', ':\n'].join('\t');
    const older = await file(rig, 'saves/older.txt', line('older'));
    await file(rig, 'saves/newer.txt', line('newer'));
    await symlink('newer.txt', join(rig.home, 'saves/last'));
    await file(rig, 'saves/pane_contents.tar.gz', 'no archive');
    assert.deepEqual((await imported(rig, older)).problems, []);
    const { problems } = await imported(rig, join(rig.home, 'saves/last'), 5);
    assert.deepEqual([problems.length, problems[0]?.line], [1, null]);
    assert.deepEqual(entriesOf((await rig.manifest())?.pending ?? []), ['imported newer']);
  });

  test('a workspace of tmuxp comes back with its windows, and nothing that it would type is run', async (t) => {
    const rig = await AgentRig.make(t);
    const yaml = [
      'session_name: work',
      'start_directory: ~/',
      'before_script: touch ~/ran-before',
      'windows:',
      '- window_name: editor',
      '  layout: even-horizontal',
      '  focus: on',
      '  shell_command_before: touch ~/ran-first',
      '  panes:',
      '  - touch ~/ran-typed',
      '  - start_directory: /usr/share',
      '    focus: yes',
      '    shell_command: [vim]',
      '- window_index: 5',
      '  layout: nonsense',
      '',
    ];
    const path = await file(rig, 'work.yaml', yaml.join('\n'));
    const report = await imported(rig, path, 5);
    assert.deepEqual(
      report.problems.map(({ line }) => line),
      [15],
    );
    const restored = await rig.json<RestoreReport>('restore');
    assert.deepEqual([restored.restored, restored.differences], [1, []]);
    assert.deepEqual(
      (
        await rig.tmux(
          'list-panes',
          '-s',
          '-t',
          '=work',
          '-F',
          '#{window_index}:#{pane_index} #{pane_width}x#{pane_height} #{window_active}#{pane_active} #{pane_current_path}',
        )
      ).split('\n'),
      [`0:0 40x24 10 ${rig.home}`, '0:1 39x24 11 /usr/share', `5:0 80x24 01 ${rig.home}`],
    );
    for (const name of ['ran-before', 'ran-first', 'ran-typed']) await assert.rejects(readFile(join(rig.home, name)));
  });

  test('names and paths that mean something to shells and tmux come back as they are, and run nothing', async (t) => {
    const rig = await AgentRig.make(t);
    const names = ["it's $(touch ran)", '#{session_id}', '`touch ran`;', '-x', 'é 日本'];
    const folders = names.map((name) => join(rig.home, name.replaceAll('/', '')));
    for (const folder of folders) await mkdir(folder);
    const path = await file(rig, 'me.tsv', names.map((name, at) => `${name}\t${folders[at] ?? ''}\t\n`).join(''));
    assert.equal((await imported(rig, path)).imported, names.length);
    const restored = await rig.json<RestoreReport>('restore');
    assert.deepEqual([restored.restored, restored.differences], [names.length, []]);
    await rig.sessions(names);
    const paths = (await rig.tmux('list-panes', '-a', '-F', '#{pane_current_path}')).split('\n');
    assert.deepEqual(paths.sort(), [...folders].sort());
    await assert.rejects(readFile(join(rig.home, 'ran')));
  });

  test('an agent that watches takes what was imported into the state that it keeps, and restores it when asked', async (t) => {
    const rig = await AgentRig.make(t);
    await rig.begin('own');
    await rig.start();
    await rig.saved('the session', ({ sessions }) => sessions.length === 1);
    const path = await file(rig, 'me.tsv', 'web\t/usr\t\n');
    assert.equal((await imported(rig, path)).imported, 1);
    await rig.tmux('new-session', '-d', '-s', 'more');
    const kept = await rig.saved('both', ({ sessions }) => sessions.length === 2);
    assert.deepEqual(entriesOf(kept.pending), ['imported web']);
    assert.equal((await rig.json<RestoreReport>('restore')).restored, 1);
    await rig.sessions(['more', 'own', 'web']);
    await rig.saved('what came back', ({ sessions, pending }) => sessions.length === 3 && pending.length === 0);
  });

  test('a state of a newer format refuses an import, and stays', async (t) => {
    const rig = await AgentRig.make(t);
    const path = await file(rig, 'me.tsv', 'web\t/usr\t\n');
    await imported(rig, path);
    const manifest = join((await rig.stateFolder()) ?? '', 'manifest.json');
    const newer = '{"format":"tmux-persist/9"}';
    await writeFile(manifest, newer);
    const ran = await rig.run(['import', path]);
    assert.deepEqual([ran.code, ran.stdout], [6, '']);
    assert.equal(await readFile(manifest, 'utf8'), newer);
  });

  test('while somebody else writes the state an import adds nothing, says who, and ends with 7', async (t) => {
    const rig = await AgentRig.make(t);
    const path = await file(rig, 'me.tsv', 'web\t/usr\t\n');
    assert.equal((await imported(rig, path)).imported, 1);
    const store = valueOf(await openStore((await rig.stateFolder()) ?? '', { create: false }));
    const lock = valueOf(await store.lock(0));
    const before = await rig.manifest();
    const other = await file(rig, 'other.tsv', 'logs\t/usr\t\n');
    const refused = await rig.run(['import', other, '--json']);
    assert.deepEqual([refused.code, refused.stdout], [7, '']);
    assert.match(refused.stderr, new RegExp(`not imported: .*${String(process.pid)}`));
    assert.deepEqual(await rig.manifest(), before);
    await lock.release();
    assert.equal((await imported(rig, other)).imported, 1);
  });
});
