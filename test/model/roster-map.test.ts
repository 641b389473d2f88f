/** The map of a shared machine, and who of it can be looked after. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accountsIn, parseRosterMap, whyUnusable } from '../../src/model/roster-map.js';

const namesOf = (text: string): string[] => parseRosterMap(text).users.map(({ name }) => name);

test('a map is read line by line: comments, empty lines, blanks, a byte order mark and lines of DOS change nothing', () => {
  const text =
    '\ufeff# who may open a terminal\r\n\r\n  ann@example.org = ann # until May\r\nbob=bob\r\n\t# bob=carl\r\n';
  assert.deepEqual(parseRosterMap(text), {
    users: [
      { name: 'ann', line: 3, webUsers: ['ann@example.org'] },
      { name: 'bob', line: 4, webUsers: ['bob'] },
    ],
    problems: [],
  });
  assert.deepEqual(namesOf('a#1=ann'), ['ann'], 'a # within a word is no comment');
  assert.deepEqual(parseRosterMap(''), { users: [], problems: [] });
});

test('a user that several people share stands in the roster once, at the first line', () => {
  assert.deepEqual(parseRosterMap('x=shared\ny=ann\nz=shared\nx=shared\n').users, [
    { name: 'shared', line: 1, webUsers: ['x', 'z'] },
    { name: 'ann', line: 2, webUsers: ['y'] },
  ]);
});

test('every line that can not be used is told with its number, and the rest is read', () => {
  const bad: readonly (readonly [string, RegExp])[] = [
    ['ann', /not web-user=system-user/],
    ['=ann', /not web-user=system-user/],
    ['ann=', /not web-user=system-user/],
    ['a=b=c', /not web-user=system-user/],
    ['x=-M', /no name of a user/],
    ['x=../etc', /no name of a user/],
    ['x=a b', /no name of a user/],
    ['x=a@.host', /no name of a user/],
    ['x=1000', /no name of a user/],
    ['x=a\u001b[2J', /no name of a user/],
    [`x=${'a'.repeat(300)}`, /no name of a user/],
  ];
  const { users, problems } = parseRosterMap(`${bad.map(([line]) => line).join('\n')}\nlast=last\n`);
  assert.deepEqual(
    users.map(({ name }) => name),
    ['last'],
  );
  assert.deepEqual(
    problems.map(({ line }) => line),
    bad.map((_, at) => at + 1),
  );
  for (const [at, [line, expected]] of bad.entries()) assert.match(problems[at]?.message ?? '', expected, line);
});

test('names as directories and administrators give them are names', () => {
  for (const name of ['ann', '_svc', 'Ann.Smith', 'a-b_c', 'host$', '0day'])
    assert.deepEqual(namesOf(`x=${name}`), [name]);
});

test('accounts are read from lines of passwd', () => {
  const found = accountsIn('ann:x:1000:1000:Ann,,,:/home/ann:/bin/bash\nbroken\nbob:x:no:1:::\n\n');
  assert.deepEqual([...found.values()], [{ name: 'ann', uid: 1000, home: '/home/ann', shell: '/bin/bash' }]);
});

test('nobody can work as a user without a shell, or whose account has expired', () => {
  const account = { name: 'ann', uid: 1000, home: '/home/ann', shell: '/bin/zsh' };
  const shadow = (expires: string): string => `root:*:1::::::\nann:$6$x:19000:0:99999:7::${expires}:\n`;
  const today = 20_000;
  assert.equal(whyUnusable(account, shadow(''), today), null);
  assert.equal(whyUnusable(account, '', today), null, 'an account of a directory has no such line');
  assert.equal(whyUnusable(account, shadow('20001'), today), null);
  assert.match(whyUnusable(account, shadow('20000'), today) ?? '', /expired/);
  assert.match(whyUnusable(account, shadow('0'), today) ?? '', /expired/);
  for (const shell of ['/usr/sbin/nologin', '/bin/false', 'nologin']) {
    assert.match(whyUnusable({ ...account, shell }, '', today) ?? '', /its shell .* lets nobody in/);
  }
  assert.equal(whyUnusable({ ...account, shell: '/opt/nologin-shell' }, '', today), null);
});
