/** Files of other programs on real disks: replaced whole or not at all. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { readSettings, replaceSettings, type SettingsFile } from '../../src/store/settings-file.js';
import { assertRoot } from './support.js';

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'tmux-persist-settings-'));
  t.after(() => rm(path, { recursive: true }));
  return path;
}

async function found(path: string): Promise<SettingsFile> {
  const read = await readSettings(path);
  assert.ok(read.ok);
  return read.value;
}

test('a file that is changed between reading and writing is not replaced, nor one that appears or goes', async (t) => {
  const path = join(await folder(t), 'settings.json');
  const absent = await found(path);
  await writeFile(path, 'theirs');
  assert.deepEqual((await replaceSettings(absent, 'ours')).ok, false);
  const there = await found(path);
  await writeFile(path, 'theirs, later');
  for (const text of ['ours', null]) {
    const replaced = await replaceSettings(there, text);
    assert.equal(replaced.ok ? '' : replaced.error.kind, 'changed');
  }
  assert.equal(await readFile(path, 'utf8'), 'theirs, later');
  const gone = await found(path);
  await rm(path);
  assert.equal((await replaceSettings(gone, 'ours')).ok, false);
  assert.deepEqual(await readdir(join(path, '..')), []);
});

test('the mode stays, folders that are missing are made, and null takes the file away', async (t) => {
  const path = join(await folder(t), 'a/b/settings.json');
  const made = await replaceSettings(await found(path), 'one');
  assert.ok(made.ok);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  await chmod(path, 0o664);
  assert.ok((await replaceSettings(await found(path), 'two')).ok);
  assert.deepEqual([await readFile(path, 'utf8'), (await stat(path)).mode & 0o777], ['two', 0o664]);
  assert.ok((await replaceSettings(await found(path), null)).ok);
  assert.deepEqual(await readdir(join(path, '..')), []);
});

test('what is no readable text file is refused without waiting for it', async (t) => {
  const base = await folder(t);
  const path = (name: string): string => join(base, name);
  execFileSync('mkfifo', [path('fifo')]);
  await mkdir(path('folder'));
  await writeFile(path('latin'), Buffer.from([0x7b, 0xe9, 0x7d]));
  await writeFile(path('large'), Buffer.alloc(5 * 1024 * 1024, 0x20));
  for (const name of ['fifo', 'folder', 'latin', 'large', 'large/below']) {
    const read = await readSettings(path(name));
    assert.equal(read.ok ? '' : read.error.kind, name === 'large/below' ? '' : 'unusable', name);
    if (read.ok) assert.equal((await replaceSettings(read.value, 'x')).ok, false);
  }
});

test('a full disk leaves the file as it was and nothing beside it', async (t) => {
  assertRoot();
  const disk = await mkdtemp(join(tmpdir(), 'tmux-persist-settings-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k,mode=0700', 'tmpfs', disk]);
  t.after(async () => {
    execFileSync('umount', [disk]);
    await rm(disk, { recursive: true });
  });
  const path = join(disk, 'settings.json');
  await writeFile(path, 'theirs');
  const replaced = await replaceSettings(await found(path), 'x'.repeat(100_000));
  assert.match(replaced.ok ? '' : replaced.error.detail, /no space/);
  assert.deepEqual([await readFile(path, 'utf8'), await readdir(disk)], ['theirs', ['settings.json']]);
});
