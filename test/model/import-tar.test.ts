/** Archives, as tar writes them. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { tarFiles } from '../../src/model/import-tar.js';

const LONG = `pane-${'n'.repeat(180)}:0.0`;

for (const format of ['gnu', 'pax', 'ustar', 'v7'])
  test(`the files of an archive in the format ${format} are read by their names`, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'tar-'));
    t.after(() => rm(folder, { recursive: true }));
    await mkdir(join(folder, 'texts'));
    const names = format === 'gnu' || format === 'pax' ? ['short', LONG, 'é'] : ['short', 'é'];
    for (const name of names) await writeFile(join(folder, 'texts', name), `text of ${name}`.repeat(60));
    await symlink('/etc/passwd', join(folder, 'texts/link'));
    const archive = execFileSync('tar', ['cf', '-', `--format=${format}`, '-C', folder, './texts/']);
    const files = tarFiles(archive);
    const found = [...(files ?? [])].map(([name, body]) => [
      Buffer.from(name, 'latin1').toString(),
      Buffer.from(body).toString(),
    ]);
    assert.deepEqual(found.sort(), names.map((name) => [`./texts/${name}`, `text of ${name}`.repeat(60)]).sort());
    assert.equal(tarFiles(archive.subarray(0, 1200)), null, 'one that is cut off is none');
    archive[3] = 0x58;
    assert.equal(tarFiles(archive), null, 'one with another checksum is none');
  });

test('what is no archive is none', () => {
  assert.equal(tarFiles(Buffer.from('x'.repeat(2000))), null);
  assert.equal(tarFiles(Buffer.alloc(0)), null);
  assert.deepEqual(tarFiles(Buffer.alloc(1024)), new Map());
});
