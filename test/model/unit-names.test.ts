import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_UNITS, installCommand, serverUnitIn, serviceName, unitNames } from '../../src/model/unit-names.js';

test('the default socket has units of its own, any other name is an instance of the templates', () => {
  assert.equal(unitNames('default'), DEFAULT_UNITS);
  assert.deepEqual(unitNames('work-2_b'), {
    instance: 'work-2_b',
    server: 'tmux-server@work-2_b.service',
    agent: 'tmux-persist@work-2_b.service',
    busName: 'org.tmuxpersist.Agent1.work-2_b',
  });
  assert.deepEqual(
    [unitNames('work'), DEFAULT_UNITS].map((units) => units && installCommand(units)),
    ['tmux-persist -L work install --now', 'tmux-persist install --now'],
  );
});

test('a socket whose name no unit or bus name can hold has no units', () => {
  for (const name of ['', '2work', '-work', 'a b', 'a.b', 'a@b', 'a%i', 'ä', "it's", 'a\nb', 'x'.repeat(101)])
    assert.equal(unitNames(name), null, name);
});

test("a service of the user's own is named with or without its suffix, and is no template", () => {
  const cases: readonly [string, string | null][] = [
    ['tmux', 'tmux.service'],
    ['tmux.service', 'tmux.service'],
    ['my@main.service', 'my@main.service'],
    ['home\\x2ddir', 'home\\x2ddir.service'],
    ['my@.service', null],
    ['a b', null],
    ['../x', null],
    ['x.socket y', null],
    ['', null],
    ['x'.repeat(250), null],
  ];
  for (const [text, expected] of cases) assert.equal(serviceName(text), expected, text);
});

test('the command line of an agent says which unit runs its server', () => {
  assert.equal(serverUnitIn(['node', 'p.js', 'agent', '--server-unit', 'my.service']), 'my.service');
  assert.equal(serverUnitIn(['node', 'p.js', 'agent']), null);
  assert.equal(serverUnitIn(['--server-unit']), null);
});
