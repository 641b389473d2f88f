/**
 * `tmux-persist hooks` on real settings files: what it changes, what it leaves as it is, and what it refuses.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import {
  chmod,
  chown,
  copyFile,
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { before, describe, test, type TestContext } from 'node:test';
import type { HookReport } from '../../src/cli/hooks.js';
import { HOOK_TOOLS } from '../../src/programs/hooks/hook-tools.js';
import { AgentRig, buildProgram, PROGRAM } from '../support/agent-rig.js';

before(buildProgram);

/** What somebody else has in there. */
const FOREIGN = {
  $schema: 'https://example.org/settings.json',
  permissions: { deny: ['Read(.env)'], allow: [] },
  hooks: {
    SessionStart: [{ matcher: 'startup|clear', hooks: [{ type: 'command', command: "echo 'ü' | cat", timeout: 1 }] }],
    Stop: [{ hooks: [{ type: 'command', command: 'say tmux-persist hook claude' }] }],
  },
  env: { 'A B': '1' },
};

interface Home {
  readonly rig: AgentRig;
  readonly path: string;
}

async function withSettings(t: TestContext, text: string | null, mode = 0o644): Promise<Home> {
  // A PATH without any agent.
  const rig = await AgentRig.make(t, { env: { PATH: '/usr/bin:/bin' } });
  const path = join(rig.home, '.claude/settings.json');
  await mkdir(dirname(path), { recursive: true });
  if (text !== null) {
    await writeFile(path, text);
    await chmod(path, mode);
  }
  return { rig, path };
}

const reports = async (rig: AgentRig, ...args: readonly string[]): Promise<HookReport[]> =>
  (await rig.json<HookReport[]>('hooks', ...args)).filter(({ state }) => state !== 'not-found');

const modeOf = (path: string): number => statSync(path).mode & 0o777;

describe('hooks', { concurrency: 2 }, () => {
  test('install puts one entry an event beside the others, twice gives the same bytes, and remove gives the first ones', async (t) => {
    for (const [indent, end, mode] of [
      ['  ', '\n', 0o644],
      ['\t', '', 0o600],
      ['', '', 0o640],
    ] as const) {
      const text = JSON.stringify(FOREIGN, null, indent) + end;
      const { rig, path } = await withSettings(t, text, mode);
      assert.deepEqual((await reports(rig, 'status'))[0]?.state, 'not-installed');
      const [installed] = await reports(rig, 'install');
      assert.deepEqual(
        [installed?.tool, installed?.state, installed?.changed, installed?.path],
        ['claude', 'installed', true, path],
      );
      const once = await readFile(path, 'utf8');
      const settings = JSON.parse(once) as typeof FOREIGN;
      assert.deepEqual(Object.keys(settings), Object.keys(FOREIGN));
      assert.deepEqual(settings.hooks.SessionStart[0], FOREIGN.hooks.SessionStart[0]);
      assert.deepEqual(settings.hooks.Stop, FOREIGN.hooks.Stop);
      assert.deepEqual(settings.hooks.SessionStart.slice(1), [
        { hooks: [{ type: 'command', command: `${process.execPath} ${PROGRAM} hook claude`, timeout: 5 }] },
      ]);
      const [again] = await reports(rig, 'install');
      assert.equal(again?.changed, false);
      assert.equal(await readFile(path, 'utf8'), once);
      assert.equal(modeOf(path), mode);
      const [removed] = await reports(rig, 'remove');
      assert.deepEqual([removed?.state, removed?.changed], ['not-installed', true]);
      assert.equal(await readFile(path, 'utf8'), text);
      assert.equal(modeOf(path), mode);
      assert.deepEqual(await readdir(dirname(path)), ['settings.json'], 'no temporary file is left');
    }
  });

  test('a file that is not there is made for its user alone, and goes with the hooks', async (t) => {
    const { rig, path } = await withSettings(t, null);
    await reports(rig, 'install');
    assert.equal(modeOf(path), 0o600);
    assert.match(await readFile(path, 'utf8'), /^\{\n {2}"hooks": \{\n[^]*\}\n$/);
    await reports(rig, 'remove');
    assert.equal(existsSync(path), false);
  });

  test('each tool has its own file, a named one is made, and without a name those that are found are served', async (t) => {
    const rig = await AgentRig.make(t, { env: { PATH: '/usr/bin:/bin' } });
    const none = await rig.run(['hooks', 'install']);
    assert.deepEqual([none.code, (await readdir(rig.home)).filter((name) => !/tmux/.test(name))], [0, []]);
    assert.match(none.stderr, /none of them is here/);
    await rig.program('gemini', ':');
    const env = { PATH: `/usr/bin:/bin:${rig.home}`, COPILOT_HOME: join(rig.home, 'cop'), CODEX_HOME: 'not/absolute' };
    assert.match(
      (await rig.run(['hooks', 'install'], { env })).stdout,
      /^gemini\s+installed\s+.*\.gemini\/settings\.json$/m,
    );
    const all = await rig.run(['hooks', 'install', 'codex', 'copilot', 'cursor-agent', '--json'], { env });
    const paths = (JSON.parse(all.stdout) as HookReport[]).map(({ path, state }) => {
      assert.equal(state, 'installed');
      return path.slice(rig.home.length);
    });
    assert.deepEqual(paths, ['/.codex/hooks.json', '/cop/hooks/tmux-persist.json', '/.cursor/hooks.json']);
    const copilot = JSON.parse(await readFile(join(rig.home, 'cop/hooks/tmux-persist.json'), 'utf8')) as {
      version: number;
    };
    assert.equal(copilot.version, 1);
    assert.equal((await rig.run(['hooks', 'remove'], { env })).code, 0);
    for (const path of [...paths, '/.gemini/settings.json'])
      assert.equal(existsSync(join(rig.home, path)), false, path);
    for (const { kind } of HOOK_TOOLS) assert.equal((await rig.run(['hooks', 'status', kind])).code, 0, kind);
    for (const args of [['hooks'], ['hooks', 'add'], ['hooks', 'install', 'emacs']]) {
      const wrong = await rig.run(args);
      assert.deepEqual([wrong.code, wrong.stdout], [2, ''], args.join(' '));
    }
  });

  test('settings that are linked to are written where they lie, and the link stays', async (t) => {
    const { rig, path } = await withSettings(t, JSON.stringify(FOREIGN, null, 2));
    const target = join(rig.home, 'dotfiles/claude.json');
    await mkdir(dirname(target));
    await rename(path, target);
    await symlink('../dotfiles/claude.json', path);
    await reports(rig, 'install');
    assert.ok((await lstat(path)).isSymbolicLink());
    assert.match(await readFile(target, 'utf8'), /hook claude/);
    await writeFile(target, '{}');
    await reports(rig, 'install');
    await reports(rig, 'remove');
    assert.ok((await lstat(path)).isSymbolicLink());
    assert.equal(await readFile(target, 'utf8'), '{}', 'what is linked to is never removed');
    await rename(target, `${target}.away`);
    const dangling = await rig.run(['hooks', 'install']);
    assert.deepEqual([dangling.code, existsSync(target)], [6, false]);
    assert.match(dangling.stderr, /a link to nothing/);
  });

  test('settings that can not be kept as they are are refused and not touched: exit 6 and the reason', async (t) => {
    const { rig, path } = await withSettings(t, '');
    const cases: readonly (readonly [string, RegExp])[] = [
      ['{"hooks": {', /not JSON/],
      ['// mine\n{}', /not JSON/],
      ['[]', /no JSON object/],
      ['{"a":1,"a":2}', /stands twice/],
      ['{"hooks":[]}', /its hooks are no object/],
      ['{"hooks":{"SessionStart":{}}}', /hooks\.SessionStart is no list/],
    ];
    for (const [text, reason] of cases) {
      await writeFile(path, text);
      const ran = await rig.run(['hooks', 'install', 'claude']);
      assert.deepEqual([ran.code, ran.stdout], [6, ''], text);
      assert.match(ran.stderr, /^tmux-persist: claude: '[^\n]*\/\.claude\/settings\.json' is left as it is: [^\n]*\n$/);
      assert.match(ran.stderr, reason);
      assert.equal(await readFile(path, 'utf8'), text);
    }
    await writeFile(path, '{}');
    await chmod(path, 0o444);
    const readOnly = await rig.run(['hooks', 'install']);
    assert.deepEqual([readOnly.code, await readFile(path, 'utf8'), modeOf(path)], [6, '{}', 0o444]);
    assert.match(readOnly.stderr, /read-only/);
    // One that can be served beside one that can't.
    await mkdir(join(rig.home, '.codex'));
    const part = await rig.run(['hooks', 'install', '--json']);
    assert.equal(part.code, 5);
    assert.deepEqual(
      (JSON.parse(part.stdout) as HookReport[]).map(({ state }) => state),
      ['refused', 'installed', 'not-found', 'not-found', 'not-found'],
    );
  });

  test('settings of another user, and a new file in another user’s folder, are refused: exit 7', async (t) => {
    const { rig, path } = await withSettings(t, null);
    const isRoot = process.getuid?.() === 0;
    const [file, folder] = isRoot
      ? [join(rig.home, 'theirs'), join(rig.home, 'their folder')]
      : ['/etc/passwd', '/usr'];
    if (isRoot) {
      await writeFile(file, '{}');
      await mkdir(folder);
      for (const theirs of [file, folder]) await chown(theirs, 12345, 12345);
    }
    const before = await readFile(file, 'utf8');
    await symlink(file, path);
    const ran = await rig.run(['hooks', 'install', 'claude']);
    assert.deepEqual([ran.code, ran.stdout, await readFile(file, 'utf8')], [7, '', before]);
    assert.match(ran.stderr, /belongs to uid \d+/);
    const made = await rig.run(['hooks', 'install', 'codex'], { env: { CODEX_HOME: folder } });
    assert.deepEqual([made.code, existsSync(join(folder, 'hooks.json'))], [7, false]);
  });

  test('status tells an outdated path, hooks that are switched off, and what is gone; install sets it right', async (t) => {
    const { rig, path } = await withSettings(t, null);
    const older = {
      hooks: [{ type: 'command', command: "'/old place/node' '/old place/tmux-persist.js' hook claude" }],
    };
    await writeFile(path, JSON.stringify({ hooks: { SessionStart: [older] } }));
    const outdated = await rig.run(['hooks', 'status']);
    assert.equal(outdated.code, 0);
    assert.match(outdated.stdout, /^claude\s+outdated\s+.*\('\/old place\/node' is gone\)$/m);
    const [renewed] = await reports(rig, 'install');
    assert.deepEqual([renewed?.state, renewed?.changed], ['installed', true]);
    assert.doesNotMatch(await readFile(path, 'utf8'), /old place/);
    await writeFile(path, (await readFile(path, 'utf8')).replace('{', '{"disableAllHooks":true,'));
    const [off] = await reports(rig, 'status');
    assert.deepEqual([off?.state, off?.detail], ['disabled', 'all hooks are off by disableAllHooks']);
    const before = await stat(path);
    await reports(rig, 'status');
    assert.equal((await stat(path)).mtimeMs, before.mtimeMs);
  });

  test('the entry of a program in a folder of an odd name is told as its own', async (t) => {
    const { rig, path } = await withSettings(t, '{}');
    const bundle = join(rig.home, "it's $(here) \u{1f980}", 'tmux-persist.js');
    await mkdir(dirname(bundle));
    await copyFile(PROGRAM, bundle);
    const run = (action: string): string =>
      execFileSync(process.execPath, [bundle, 'hooks', action, 'claude'], { env: rig.env, encoding: 'utf8' });
    assert.match(run('install'), /^claude {2}installed/);
    assert.match(run('status'), /^claude {2}installed/);
    assert.match(run('install'), /^claude {2}was installed/);
    assert.match(
      (await rig.run(['hooks', 'status', 'claude'])).stdout,
      /^claude {2}outdated/,
      'another copy sees its own path only',
    );
    assert.match(run('remove'), /^claude {2}removed/);
    assert.equal(existsSync(path), false);
  });
});
