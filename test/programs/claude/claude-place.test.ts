/** In which directory a conversation is resumed, and whose project folder is whose. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Program } from '../../../src/model/manifest.js';
import { claude } from '../../../src/programs/claude/claude.js';
import type { Place } from '../../../src/programs/family.js';
import { fileView } from '../../../src/programs/file-view.js';
import { ClaudeRig, claudeIn, known, recordOf, startOf } from './claude-rig.js';
import { anId } from '../fake-view.js';

const [A, B] = [anId(1), anId(2)];

/** Returns where a conversation is found that was saved in a directory. */
function find(rig: ClaudeRig, more: Partial<Program>, id = A): Place | null {
  const program: Program = {
    ...{ kind: 'claude', exe: '/opt/claude', argv: ['claude'], cwd: '/home/u/project', env: {}, mode: 'auto' },
    ...{ conversation: null, process: null },
    ...more,
  };
  return claude.conversations?.find(program, id, { home: rig.home, files: fileView() }) ?? null;
}

function folders(t: TestContext): { rig: ClaudeRig; cwd: string; other: string } {
  const rig = new ClaudeRig(t);
  const [cwd, other] = [join(rig.home, 'project'), join(rig.home, 'moved here')];
  mkdirSync(cwd);
  mkdirSync(other);
  return { rig, cwd, other };
}

test('a conversation is resumed in the directory that its folder is called after', (t) => {
  const { rig, cwd, other } = folders(t);
  rig.config.write(A, { from: 1, cwd });
  assert.deepEqual(find(rig, { cwd }), { cwd });
  assert.deepEqual(find(rig, { cwd: other }), { cwd }, 'its own, wherever the process was');
  rmSync(cwd, { recursive: true });
  assert.deepEqual(find(rig, { cwd }), { cwd: null });
  assert.deepEqual(find(rig, { cwd: 'project' }), { cwd: null });
  assert.deepEqual(find(rig, { cwd: other }), { cwd: other }, 'newer versions look everywhere');
});

test('a conversation that moved since is resumed where it is now', (t) => {
  const { rig, cwd, other } = folders(t);
  rig.config.write(A, { from: 1, cwd: other });
  assert.deepEqual(find(rig, { cwd }), { cwd: other });
});

test('one of two copies is resumed where its process was', (t) => {
  const { rig, cwd, other } = folders(t);
  rig.config.write(A, { from: 1, cwd });
  rig.config.write(A, { from: 1, cwd: other });
  assert.deepEqual([find(rig, { cwd }), find(rig, { cwd: other })], [{ cwd }, { cwd: other }]);
});

test('finds no conversation that was never prompted, has expired, or is no file', (t) => {
  const { rig, cwd, other } = folders(t);
  assert.equal(find(rig, { cwd }), null);
  const folder = join(rig.config.folder, 'projects', 'elsewhere');
  mkdirSync(folder, { recursive: true });
  execFileSync('mkfifo', [join(folder, `${A}.jsonl`)]);
  writeFileSync(join(folder, `${B}.jsonl`), '');
  mkdirSync(join(folder, `${anId(3)}.jsonl`));
  for (const id of [A, B, anId(3), '../../x', 'x', '--resume']) assert.equal(find(rig, { cwd: other }, id), null, id);
});

test('looks in the account and under the folder name that were saved', (t) => {
  const { rig, cwd } = folders(t);
  rig.config.write(A, { from: 1, cwd, folder: 'my name' });
  assert.deepEqual(find(rig, { cwd, env: { CLAUDE_CODE_PROJECT_DIR_NAME: 'my name' } }), { cwd });
  assert.equal(find(rig, { cwd, env: { CLAUDE_CONFIG_DIR: join(rig.home, 'second') } }), null);
  assert.deepEqual(find(rig, { cwd, env: { CLAUDE_CONFIG_DIR: rig.config.folder } }), { cwd });
});

test('the directory of a living one is the hook’s, the registry’s or its own, whichever its folder is called after', (t) => {
  const rig = new ClaudeRig(t);
  rig.config.register(20, A, { cwd: '/x/registry' });
  const path = (folder: string): string => join(rig.config.folder, 'projects', folder, `${A}.jsonl`);
  const cwd = (folder: string): unknown => {
    const record = recordOf(20, A, { cwd: '/x/hook', transcriptPath: path(folder) });
    return rig.identities([{ ...claudeIn(20), cwd: '/x/process' }], { records: [record] })[0]?.cwd;
  };
  assert.deepEqual(['-x-hook', '-x-registry', '-x-process'].map(cwd), ['/x/hook', '/x/registry', '/x/process']);
  assert.equal(cwd('-x-gone'), '/x/hook');
  rig.config.write(A, { from: startOf(20), cwd: '/x/written' });
  assert.equal(cwd('-x-written'), '/x/written');
});

test('a path that a hook told vouches for no other id', (t) => {
  const rig = new ClaudeRig(t);
  rig.config.write(A, { from: startOf(20), cwd: '/x/real' });
  const record = recordOf(20, A, { transcriptPath: `/tmp/projects/-x-other/${B}.jsonl`, cwd: '/x/other' });
  assert.equal(rig.identities([claudeIn(20)], { records: [record] })[0]?.cwd, '/x/real');
});

test('directories that share a project folder keep their conversations apart', (t) => {
  const rig = new ClaudeRig(t);
  const directories = ['/x/a_b', '/x/a-b', '/x/a.b', '/x/a/b', '/x/a日', '/x/a中'];
  directories.forEach((cwd, index) => rig.config.write(anId(10 + index), { from: startOf(90 + index), cwd }));
  const panes = directories.map((cwd, index) => ({ ...claudeIn(20 + index), cwd }));
  assert.deepEqual(
    rig.conversations(panes),
    directories.map((_, index) => known(anId(10 + index), 'time', 'inferred')),
  );
});

test('knows a directory by its logical path too, as shells and older versions wrote it', (t) => {
  const rig = new ClaudeRig(t);
  rig.config.write(A, { from: startOf(90), cwd: '/home/u/link' });
  assert.deepEqual(rig.conversations([claudeIn(20)]), [null]);
  const pane = { ...claudeIn(20), environ: { PWD: '/home/u/link' } };
  assert.deepEqual(rig.conversations([pane]), [known(A, 'time', 'inferred')]);
});

test('knows the folder of a path of more than 200 characters, an emoji, a slash at the end, and the root', (t) => {
  for (const cwd of [`/x/${'a_b'.repeat(80)}`, '/x/😀', '/x/y/', '/']) {
    const rig = new ClaudeRig(t);
    const slug = cwd.replace(/[^a-zA-Z0-9]/g, '-');
    rig.config.write(A, { from: startOf(90), cwd, folder: slug.length > 200 ? `${slug.slice(0, 200)}-1a2b3c` : slug });
    assert.deepEqual(rig.identities([{ ...claudeIn(20), cwd }]), [{ conversation: known(A, 'time', 'inferred'), cwd }]);
  }
});

test('a config directory that is a link, or relative to the process, is the same as any', (t) => {
  const rig = new ClaudeRig(t);
  rig.config.register(20, A);
  symlinkSync(rig.config.folder, join(rig.home, 'link'));
  for (const CLAUDE_CONFIG_DIR of [join(rig.home, 'link'), '.claude', './link/'])
    assert.deepEqual(rig.conversations([{ ...claudeIn(20), cwd: rig.home, environ: { CLAUDE_CONFIG_DIR } }]), [
      known(A, 'registry'),
    ]);
});
