/** What of a command line is never written down. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Text } from '../../src/model/text.js';
import { CLAUDE_FLAGS } from '../../src/programs/claude/claude-argv.js';
import { codex } from '../../src/programs/agents/codex.js';
import { redactedLine, redactedWords, withoutSecrets } from '../../src/programs/secrets.js';

const words = (line: string): string[] => line.split(' ');

const plain: readonly (readonly [line: string, safe: string])[] = [
  ['mysql -u root -phunter2 shop', 'mysql -u root -p shop'],
  ['/usr/bin/mariadb-dump -phunter2', '/usr/bin/mariadb-dump -p'],
  ['mysql --password=hunter2 shop', 'mysql shop'],
  ['mysql --password hunter2 shop', 'mysql shop'],
  ['redis-cli -h db -a hunter2 -n 1', 'redis-cli -h db -n 1'],
  ['redis-cli --pass -hunter2 -n 1', 'redis-cli -n 1'],
  ['redis-cli -u redis://me:hunter2@db:6379/0', 'redis-cli -u redis://me@db:6379/0'],
  ['psql postgresql://me:hunter2@db/shop', 'psql postgresql://me@db/shop'],
  ['sshpass -p hunter2 ssh host', 'sshpass ssh host'],
  ['sshpass -phunter2 ssh host', 'sshpass ssh host'],
  ['mongosh -u me -p hunter2 shop', 'mongosh -u me shop'],
  ['docker login -u me -p hunter2 registry', 'docker login -u me registry'],
  ['tool --api-key hunter2 run', 'tool run'],
  ['tool -token=hunter2 run', 'tool run'],
  ['tool --auth-token hunter2', 'tool'],
  ['env PGPASSWORD=hunter2 psql', 'env psql'],
  ['docker run -e API_KEY=hunter2 image', 'docker run image'],
  ['tool password=hunter2', 'tool'],
  ['tool --cred hunter2', 'tool'],
  ['env MY_PAT_X=hunter2 DB_CRED=hunter2 tool', 'env tool'],
  ['curl --user me:hunter2 x', 'curl x'],
  ['ldapsearch -w hunter2 x', 'ldapsearch x'],
  ['tool sk-ant-hunter2hunter2hunter2', 'tool'],
  ['git clone https://ghp_hunter2hunter2hunter2hunter2@github.com/a/b', 'git clone'],
  ['tool --with AKIAHUNTER2HUNTER2HU', 'tool'],
  ['tool eyJhunter2hunter2.eyJhunter2hunter2.hunter2', 'tool'],
];

for (const [line, safe] of plain) {
  test(`of '${line}' comes back '${safe}', and not by itself`, () => {
    assert.deepEqual(withoutSecrets(words(line), null), { argv: words(safe), withheld: true });
    const shown = [redactedWords(words(line)), redactedLine(line), redactedWords([line])].map((one) =>
      JSON.stringify(one),
    );
    for (const one of shown) {
      assert.doesNotMatch(one, /hunter2/i);
      assert.match(one, /\[withheld\]/);
    }
  });
}

const harmless: readonly string[] = [
  'vim /home/u/.secrets/key.txt passwords.md',
  'less +F /var/log/auth.log',
  'ssh -p 22 -i /home/u/.ssh/deploy_key -o PasswordAuthentication=no -o StrictHostKeyChecking=ask me@host',
  'mysql -u root -p shop',
  'psql -h db -p 5432 -U me --no-password shop',
  'docker run -p 8080:80 image',
  'docker login --password-stdin registry',
  'codex --dangerously-bypass-approvals-and-sandbox',
  'tool --max-tokens 4000 --bypass --keymap vi --token-limit 5 --key-file /etc/x.pem',
  'htop -d 5',
  'vim /opt/sk-some-long-directory-name/x',
  'tool --path /x --pattern y compat=z',
  'curl https://example.org:8443/a@b',
];

for (const line of harmless) {
  test(`'${line}' is stored as it is`, () => {
    assert.deepEqual(withoutSecrets(words(line), null), { argv: words(line), withheld: false });
    assert.deepEqual([redactedWords(words(line)), redactedLine(line)], [words(line), line]);
  });
}

test('what a program was allowed with a secret in it is missing as well', () => {
  for (const [argv, safe] of [
    [
      ['codex', '-c', 'model_providers.x.api_key="hunter2"', '-m', 'x'],
      ['codex', '-m', 'x'],
    ],
    [['codex', '--config=a.token=hunter2'], ['codex']],
  ] as const)
    assert.deepEqual(withoutSecrets(argv, codex.flags), { argv: safe, withheld: true });
});

test('a header and a line for a shell inside one word are judged, and the flag before goes with it', () => {
  const argv = ['tool', '-v', '--header', 'Authorization: Bearer hunter2hunter2', 'x'];
  assert.deepEqual(withoutSecrets(argv, null), { argv: ['tool', '-v', 'x'], withheld: true });
  assert.deepEqual(redactedWords(argv).slice(0, 3), ['tool', '-v', '--header']);
  for (const line of [
    "mysql -p'hunter2 x' | less",
    'x --password="hunter2 y"',
    'cd /x && PGPASSWORD=hunter2 psql',
    'a;mysql -phunter2',
  ])
    for (const shown of [
      redactedLine(line),
      ...redactedWords(['bash', '-c', line]),
      ...withoutSecrets(['bash', '-c', line], null).argv,
    ])
      assert.doesNotMatch(JSON.stringify(shown), /hunter2/, line);
});

test('what is shown keeps everything that is no secret, byte for byte', () => {
  assert.equal(
    redactedLine('cd "/a b" && mysql -u root -phunter2 shop  | tee \'x y\' > out'),
    'cd "/a b" && mysql -u root -p[withheld] shop  | tee \'x y\' > out',
  );
  const bytes: Text = { base64: '/w==' };
  assert.deepEqual(redactedWords(['less', bytes]), ['less', bytes]);
  assert.equal(redactedLine(bytes), bytes);
});

test('what was judged once is judged the same once more', () => {
  for (const [line] of plain) {
    const once = redactedLine(line);
    assert.equal(redactedLine(once), once);
    const shown = redactedWords(words(line));
    assert.deepEqual(redactedWords(shown), shown);
  }
});

test('with known flags only what would be passed again counts as missing', () => {
  assert.deepEqual(withoutSecrets(['claude', '--api-key', 'X', '--verbose'], CLAUDE_FLAGS), {
    argv: ['claude', '--verbose'],
    withheld: false,
  });
  const prompt = 'deploy with ghp_0123456789abcdefghijABCDEFGHIJ';
  assert.deepEqual(withoutSecrets(['claude', '--auth-token=X', prompt], CLAUDE_FLAGS), {
    argv: ['claude'],
    withheld: false,
  });
  const settings = '{"env":{"ANTHROPIC_API_KEY":"sk-ant-0123456789abcdef"}}';
  for (const args of [['--settings', settings], [`--settings=${settings}`], ['--mcp-config', 'a.json', settings]]) {
    const safe = withoutSecrets(['claude', ...args, '--verbose'], CLAUDE_FLAGS);
    assert.equal(JSON.stringify(safe.argv).includes('sk-ant'), false);
    assert.equal(safe.argv.at(-1), '--verbose');
    assert.equal(safe.withheld, true);
  }
  const fine = ['/home/u/.secrets/claude', '--resume', 'x', '--allowedTools', 'Bash(git *)', 'mcp__x'];
  assert.deepEqual(withoutSecrets(fine, CLAUDE_FLAGS), { argv: fine, withheld: false });
});

/** Returns a generator of the same numbers below `limit` for the same seed (Park and Miller). */
function dice(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => (state = (state * 48271) % 0x7fffffff) % limit;
}

test('whatever stands around it, a secret gets neither into what is stored nor into what is shown', () => {
  const around = [
    'a',
    '-v',
    '--verbose',
    'x=y',
    "it's",
    '"',
    "'",
    'a b',
    '',
    '--',
    '-',
    '\n',
    '(',
    '|',
    'é',
    '/p/q',
    '\\',
  ];
  const secret = 'Zq7hunter2Zq7hunter2Zq7';
  const planted: readonly (readonly string[])[] = [
    ...[[`sk-${secret}`], [`ghp_${secret}`], [`--token=${secret}`], ['--password', secret], [`MY_KEY=${secret}`]],
    ...[
      [`https://u:${secret}@h/p`],
      [`Authorization: Bearer ${secret}`],
      [`{"token": "${secret}"}`],
      ['mysql', `-p${secret}`],
    ],
    [`eyJ${secret}.${secret}`],
  ];
  const roll = dice(7);
  for (let round = 0; round < 5000; round++) {
    const some = (): string[] => Array.from({ length: roll(4) }, () => around[roll(around.length)] ?? '');
    const argv = ['tool', ...some(), ...(planted[roll(planted.length)] ?? []), ...some()];
    const seen = [withoutSecrets(argv, null).argv, withoutSecrets(argv, CLAUDE_FLAGS).argv, redactedWords(argv)];
    assert.ok(!JSON.stringify(seen).includes(secret), JSON.stringify(argv));
    const line = argv.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ');
    assert.ok(!JSON.stringify([redactedWords([line]), redactedWords(['sh', '-c', line])]).includes(secret), line);
  }
});

test('a command line of megabytes is judged at once', () => {
  const started = performance.now();
  for (const part of ['key', '-', 'eyJ-', 'a"', "a'", '--token', ' ', ':', 'https://', 'password=', 'pass '])
    withoutSecrets(['tool', part.repeat(Math.ceil(200_000 / part.length))], null);
  assert.ok(performance.now() - started < 15_000);
});
