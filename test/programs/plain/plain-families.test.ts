/** Which programs simply start again, with which words, and when. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseProgramChoice } from '../../../src/model/program-choices.js';
import type { Text } from '../../../src/model/text.js';
import { containers } from '../../../src/programs/plain/containers.js';
import { editors } from '../../../src/programs/plain/editors.js';
import type { Family } from '../../../src/programs/family.js';
import { listedFamily } from '../../../src/programs/plain/listed.js';
import { monitors } from '../../../src/programs/plain/monitors.js';
import { pagers } from '../../../src/programs/plain/pagers.js';
import { isHarmlessFor } from '../../../src/programs/plain/plain-family.js';
import { remote } from '../../../src/programs/plain/remote.js';
import { repls } from '../../../src/programs/plain/repls.js';
import { watch } from '../../../src/programs/plain/watch.js';

const FAMILIES: readonly Family[] = [editors, pagers, monitors, ...remote, repls, watch, containers];

/** Returns the family of a command line and the words that come back, null where none does. */
function judged(
  argv: readonly Text[],
): { readonly kind: string; readonly mode: string; readonly kept: readonly Text[] | null } | null {
  for (const family of FAMILIES) {
    const command = family.recognise(argv, null);
    if (command === null) continue;
    return { kind: family.kind, mode: family.mode, kept: family.read(command.args)?.kept ?? null };
  }
  return null;
}

const back: Readonly<Record<string, readonly string[]>> = {
  'vim auto': [
    ...['vim', 'vi a b', '/usr/bin/vim -R a', 'vim +12 a', 'vim +/needle a', 'view a', 'nvim -O a b', 'vimdiff a b'],
    ...['vim -S', 'vim -S Session.vim', 'nvim -S Session.vim a'],
  ],
  'pager auto': [
    ...[
      'less a',
      'less -R +F a',
      'less +G a',
      'less --RAW-CONTROL-CHARS a',
      'more a',
      'man 5 proc',
      'man -k x',
      'tail -f a',
      'tail -F a b',
    ],
    ...['tail -n 100 -f a', 'tail -n +1 -f a', 'tail -20f a', 'tail --follow=name --retry a', 'tail -fn50 a'],
  ],
  'monitor auto': ['top', 'top -d 5', 'htop -u me', '/usr/bin/btop', 'glances', '/usr/bin/python3 /usr/bin/glances'],
  'ssh offer': [
    ...[
      'ssh host',
      'ssh me@host',
      'ssh -p 2222 me@host',
      'ssh -p2222 -vi /k host',
      'ssh -A -J jump host',
      'ssh -o ServerAliveInterval=5 host',
    ],
    ...[
      'ssh -oServerAliveInterval=5 host',
      'ssh -L 80:x:80 host',
      'ssh host -p 22',
      'ssh ssh://me@host:22',
      'ssh -t host tmux attach -t x',
    ],
    ...[
      'ssh host -t tmux a',
      'ssh -t host -- tmux new -A -s main',
      'ssh host htop',
      'ssh host less /var/log/x',
      'ssh -t host screen -dr',
    ],
    ...[
      'ssh host tail -f /x',
      'ssh host bash -l',
      'autossh -M 0 host',
      'autossh -M0 -t host tmux a',
      'et me@host',
      'et -p 2022 host',
      'et host',
    ],
  ],
  'repl offer': [
    ...[
      'psql',
      'psql shop',
      'psql -h db -p 5432 -U me shop',
      'psql --host=db',
      'psql postgresql://me@db/shop',
      'mysql -u root -p shop',
    ],
    ...[
      'mysql -h db',
      'mariadb',
      'sqlite3',
      'sqlite3 a.db',
      'sqlite3 -readonly -header a.db',
      'redis-cli',
      'redis-cli -h db -n 1',
    ],
    ...[
      'python',
      'python3',
      'python3.11 -q',
      '/venv/bin/python',
      'node',
      'node -i',
      'ipython',
      '/usr/bin/python3 /usr/bin/ipython3 --no-banner',
    ],
    ...['irb', '/usr/bin/ruby /usr/bin/irb', 'bc -l', 'lua5.4'],
  ],
  'watch offer': [
    'watch ls',
    'watch -n 2 ls -l',
    'watch -n2 -d df',
    'watch --interval=2 df',
    'watch -x ls $(x)',
    'watch -tc date',
  ],
  'container never': [
    'docker exec -it c bash',
    'kubectl -n ns exec -it p -- bash',
    'docker compose logs -f',
    'podman attach c',
  ],
};

for (const [where, lines] of Object.entries(back)) {
  for (const line of lines) {
    test(`'${line}' comes back with its words: ${where}`, () => {
      const argv = line.split(' ');
      const { kind, mode, kept } = judged(argv) ?? {};
      assert.equal(`${String(kind)} ${String(mode)}`, where);
      assert.deepEqual(kept, argv.slice(argv[0]?.match(/python3|ruby/) && argv[1]?.startsWith('/') ? 2 : 1));
    });
  }
}

const refused: Readonly<Record<string, readonly string[]>> = {
  vim: [
    ...[
      'vim -',
      'vim -c x a',
      'vim --cmd x',
      'vim +!x',
      'vim +x a',
      'vim -S x.vim',
      'vim -S ../Session.vim',
      'vim -s script',
      'vim -u rc a',
    ],
    ...['nvim --headless', 'nvim --listen x', 'nvim -l x', 'vim -w log', 'vim -i x', 'vim -T x', 'vim -r a'],
  ],
  pager: [
    'less -k f a',
    'less -o log',
    'less -O log',
    'less +!x',
    'less -',
    'less --lesskey-file=x',
    'man -P x ls',
    'man --pager=x ls',
    'tail --pid=1 -f a',
  ],
  ssh: [
    ...[
      'ssh',
      'ssh -N host',
      'ssh -f host x',
      'ssh -fN host',
      'ssh -W a:1 host',
      'ssh -n host',
      'ssh -s host sftp',
      'ssh -F x host',
      'ssh -E x host',
    ],
    ...[
      'ssh -o ProxyCommand=x host',
      'ssh -oProxyCommand=x host',
      'ssh -vo LocalCommand=x host',
      'ssh -o PermitLocalCommand=yes host',
    ],
    ...[
      'ssh -o proxycommand=x host',
      'ssh -o Unknown=x host',
      'ssh -o Include=x host',
      'ssh -o',
      'ssh -I lib host',
      'ssh -Q cipher',
      'ssh -G host',
    ],
    ...[
      'ssh host -o KnownHostsCommand=x',
      'ssh host make deploy',
      'ssh host ls;x',
      'ssh host tmux new x',
      'ssh host tmux new -s a x',
      'ssh -- -oProxyCommand=x',
    ],
    ...[
      'ssh host less +!x',
      'ssh host vim',
      'ssh host bash -c x',
      'ssh host $(x)',
      'ssh host sudo htop',
      'ssh --',
      'ssh -z host',
      'autossh -f host',
    ],
    ...['autossh -M 0 -N host', 'et -c x host', 'et host x', 'et --ssh-option=ProxyCommand=x host', 'et'],
  ],
  mosh: [
    'mosh',
    'mosh --ssh=x host',
    'mosh --client=x host',
    'mosh --server=x host',
    'mosh host x',
    'mosh-client',
    'mosh-client 1.2.3.4 60001',
  ],
  repl: [
    ...[
      'psql -c x',
      'psql -f x',
      'psql --command=x',
      'psql -o x',
      'psql a b c',
      'psql -L log',
      'psql --',
      'mysql -e x',
      'mysql --execute=x',
      'mysql --pager=x',
    ],
    ...[
      'mysql --init-command=x',
      'mysql a b',
      'sqlite3 a.db x',
      'sqlite3 -cmd x',
      'sqlite3 -init x',
      'redis-cli get x',
      'redis-cli --eval x',
    ],
    ...[
      'python x.py',
      'python -m http.server',
      'python -c x',
      'python -',
      'python -i x.py',
      'python3 /a/x.py',
      'node x.js',
      'node -e x',
      'node -r x',
    ],
    ...[
      'node --import x',
      'ipython x.py',
      'ipython -c x',
      '/usr/bin/python3 /usr/bin/ipython x.py',
      'irb -r x',
      'irb x.rb',
      'bc x',
      'lua x.lua',
    ],
  ],
  watch: [
    'watch',
    'watch -n 2',
    'watch ls|x',
    'watch ls $(x)',
    'watch X=1 ls',
    'watch sudo ls',
    'watch -x sudo x',
    'watch --unknown[] x',
    'watch curl x',
  ],
  container: [
    'docker run x',
    'docker run x exec',
    'docker exec -it c sh -c x',
    'kubectl get pods',
    'docker rm -f x',
    'docker',
  ],
};

for (const [kind, lines] of Object.entries(refused)) {
  for (const line of lines) {
    test(`'${line}' is recognised as ${kind}, and does not come back`, () => {
      const found = judged(line.split(' '));
      assert.equal(found?.kind, kind);
      assert.equal(found.kept, null);
    });
  }
}

for (const line of [
  './vim a',
  'bin/less a',
  '../top',
  '-vim',
  'vim.basic',
  'VIM',
  'vims',
  'sshd -D',
  'make',
  'bash',
  '',
]) {
  test(`'${line}' is none of them`, () => {
    assert.equal(judged(line.split(' ')), null);
  });
}

test('file names keep their bytes, and hide no flag', () => {
  const name: Text = { base64: btoa('\xff') };
  assert.deepEqual(judged(['vim', 'a b', '$(x)', '', name])?.kept, ['a b', '$(x)', '', name]);
  for (const hidden of ['-c\xff', '+!x\xff']) assert.equal(judged(['vim', { base64: btoa(hidden) }])?.kept, null);
});

test('mosh is rebuilt from the client that it became', () => {
  const client = (...words: readonly string[]): unknown => judged(['mosh-client', ...words])?.kept;
  assert.deepEqual(client('-# me@host |', '1.2.3.4', '60001'), ['me@host']);
  assert.deepEqual(client('-# -p 60010 --predict=always me@host tmux a |', '1.2.3.4', '60010'), [
    ...['-p', '60010', '--predict=always', 'me@host', 'tmux', 'a'],
  ]);
  for (const comment of ['-# --ssh=x host |', '-# host $(x) |', '-#  |', '-# host', 'host', '-# host sudo x |'])
    assert.equal(client(comment, '1.2.3.4', '60001'), null, comment);
  assert.deepEqual(remote.at(-1)?.names, ['mosh']);
  assert.deepEqual(judged(['mosh', 'host']), { kind: 'mosh', mode: 'offer', kept: ['host'] });
});

test('what comes back comes back the same way once more', () => {
  for (const line of Object.values(back).flat()) {
    const argv = line.split(' ');
    const family = FAMILIES.find((one) => one.recognise(argv, null) !== null);
    const command = family?.recognise(argv, null);
    const program = command?.script == null ? argv.slice(0, 1) : argv.slice(0, 2);
    assert.deepEqual(judged([...program, ...(judged(argv)?.kept ?? [])]), judged(argv), line);
  }
});

test('a listed program comes back as it was, whatever its words; a shell never', () => {
  const family = listedFamily(
    ['lazygit', 'my-*=view', 'off=never', 'x*'].flatMap((word) => parseProgramChoice(word) ?? []),
  );
  for (const line of ['lazygit', '/usr/bin/lazygit -p /x', 'my-tool $(x)', 'xterm'])
    assert.deepEqual(family.recognise(line.split(' '), null)?.args, line.split(' ').slice(1));
  for (const line of ['off', './lazygit', 'other', '-lazygit', 'xonsh'])
    assert.equal(family.recognise(line.split(' '), null), null);
  const all = listedFamily([{ pattern: '*', mode: null }]);
  for (const line of ['bash', '-bash', '/bin/zsh', 'fish -l'])
    assert.equal(isHarmlessFor(all, line.split(' ')), false, line);
  assert.deepEqual([family.kind, family.mode], ['listed', 'auto']);
});
