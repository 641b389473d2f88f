import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { promisify } from 'node:util';

const run = promisify(execFile);
let folder = '';
let file = '';

/** Returns the path of the package, built into a folder of its own. */
async function build(name: string, environment: Readonly<Record<string, string>>): Promise<string> {
  const target = join(folder, name);
  const env = { ...process.env, NODE: process.execPath, ...environment };
  // The tests are run from the root of the checkout, and its program is built.
  await run('sh', ['-c', 'umask "$UMASK"; exec sh units/debian/build.sh "$0"', target], { env });
  const names = await readdir(target);
  assert.equal(names.length, 1, names.join(' '));
  return join(target, names[0] ?? '');
}

/** Returns a text file of the package. */
async function read(path: string): Promise<string> {
  const script = 'dpkg-deb --fsys-tarfile "$0" | tar --extract --to-stdout ".$1"';
  return (await run('sh', ['-c', script, file, path], { maxBuffer: 2 ** 24 })).stdout;
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tp-deb-'));
  file = await build('first', { UMASK: '022', SOURCE_DATE_EPOCH: '1700000000' });
});
after(() => rm(folder, { recursive: true }));

test('the Debian package holds the program, its units, man page and completions, owned by root, and nothing in /etc', async () => {
  const { stdout } = await run('dpkg-deb', ['--contents', file]);
  const rows = stdout.trimEnd().split('\n');
  const held = rows.map((row) => /^(\S+) (\S+) +\d+ \S+ \S+ (.+?)(?: -> .*)?$/.exec(row)?.slice(1) ?? [row]);
  assert.deepEqual([...new Set(held.map(([, owner]) => owner))], ['root/root']);
  const files = held.filter(([mode]) => !mode?.startsWith('d')).map(([mode, , path]) => `${mode ?? ''} ${path ?? ''}`);
  assert.deepEqual(files.sort(), [
    '-rw-r--r-- ./usr/lib/systemd/user/tmux-persist.service',
    '-rw-r--r-- ./usr/lib/systemd/user/tmux-persist@.service',
    '-rw-r--r-- ./usr/lib/systemd/user/tmux-server.service',
    '-rw-r--r-- ./usr/lib/systemd/user/tmux-server@.service',
    '-rw-r--r-- ./usr/lib/systemd/user/tmux-spawn-.scope.d/10-tmux-persist.conf',
    '-rw-r--r-- ./usr/share/bash-completion/completions/tmux-persist',
    '-rw-r--r-- ./usr/share/dbus-1/services/org.tmuxpersist.Agent1.service',
    '-rw-r--r-- ./usr/share/doc/tmux-persist/README.md.gz',
    '-rw-r--r-- ./usr/share/doc/tmux-persist/changelog.Debian.gz',
    '-rw-r--r-- ./usr/share/doc/tmux-persist/changelog.gz',
    '-rw-r--r-- ./usr/share/doc/tmux-persist/copyright',
    '-rw-r--r-- ./usr/share/fish/vendor_completions.d/tmux-persist.fish',
    '-rw-r--r-- ./usr/share/lintian/overrides/tmux-persist',
    '-rw-r--r-- ./usr/share/man/man1/tmux-persist.1.gz',
    '-rw-r--r-- ./usr/share/zsh/vendor-completions/_tmux-persist',
    '-rwxr-xr-x ./usr/lib/tmux-persist/tmux-persist.js',
    '-rwxr-xr-x ./usr/lib/tmux-persist/user-managers',
    'lrwxrwxrwx ./usr/bin/tmux-persist',
  ]);
});

test('what the Debian package runs is what it depends on, wherever it was built', async () => {
  const { stdout } = await run('dpkg-deb', ['--field', file, 'Depends']);
  assert.equal(stdout.trim(), 'nodejs (>= 20.12), tmux (>= 3.2)');
  const agent = await read('/usr/lib/systemd/user/tmux-persist.service');
  assert.match(agent, /^ExecStart=:?"\/usr\/bin\/node" .*\/usr\/lib\/tmux-persist\/tmux-persist\.js" .*agent$/m);
  assert.match(await read('/usr/lib/systemd/user/tmux-server.service'), /^ExecStart=:?"\/usr\/bin\/tmux" /m);
  const head = (await read('/usr/lib/tmux-persist/tmux-persist.js')).split('*/')[0] ?? '';
  assert.match(head, /exec \/usr\/bin\/node "\$0"/);
  assert.doesNotMatch(head, /(?:exec|command -v) node /);
});

test('the Debian package names the license of every package in the program', async () => {
  const text = await read('/usr/share/doc/tmux-persist/copyright');
  const direct = ['commander', '@jellybrick/dbus-next', 'execa', 'pino', 'valibot', 'yaml'];
  for (const name of [...direct, 'sonic-boom', 'human-signals', 'long']) {
    assert.match(text, new RegExp(`^${name} \\d.*\\(.+\\)$`, 'm'));
  }
  assert.match(text, /Copyright \(c\) \d+ The tmux-persist authors/);
  assert.match(text, /Copyright \(c\) 2011 TJ Holowaychuk/);
  assert.match(
    text,
    /Copyright \d+ ehmicky .*\n\nApache License, version 2\.0: \/usr\/share\/common-licenses\/Apache-2\.0/,
  );
});

test('the Debian package is the same byte for byte when it is built again', async () => {
  const again = await build('second', { UMASK: '077', TZ: 'Asia/Tokyo', LC_ALL: 'C', SOURCE_DATE_EPOCH: '1700000000' });
  const sumOf = async (path: string): Promise<string> =>
    createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
  assert.equal(await sumOf(again), await sumOf(file));
});

test('lintian has no error and no warning for the Debian package', async () => {
  const { stdout } = await run('lintian', ['--allow-root', '--fail-on', 'error,warning', file]);
  assert.equal(stdout, '');
});
