import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  isMarked,
  planFiles,
  scopeFile,
  unusablePath,
  type InstalledPrograms,
  type PlannedFile,
} from '../../src/model/install-plan.js';
import { unitNames } from '../../src/model/unit-names.js';
import { unitTemplates } from '../support/unit-templates.js';

const templates = unitTemplates();
const programs = { node: '/usr/bin/node', bundle: '/opt/p.js', tmux: '/usr/bin/tmux' };
const ODD = `/opt/a b/100%/$HOME/it's "q"/back\\slash`;

function textOf(files: readonly PlannedFile[], name: string): string {
  const file = files.find((one) => one.name === name);
  assert.ok(file !== undefined, name);
  return file.text;
}

const setting = (text: string, name: string): readonly string[] =>
  text
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .flatMap((line) => (line.startsWith(`${name}=`) ? [line.slice(name.length + 1)] : []));

const agentOf = (changes: Partial<InstalledPrograms>, serverUnit: string | null = null): string =>
  textOf(planFiles(templates, { ...programs, ...changes }, serverUnit), 'tmux-persist.service');

test('an install is six files, each with our mark, and nothing in them is left open', () => {
  const files = planFiles(templates, programs, null);
  assert.deepEqual(
    files.map(({ folder, name }) => `${folder}/${name}`),
    [
      'units/tmux-server.service',
      'units/tmux-persist.service',
      'units/tmux-server@.service',
      'units/tmux-persist@.service',
      'units/tmux-spawn-.scope.d/10-tmux-persist.conf',
      'services/org.tmuxpersist.Agent1.service',
    ],
  );
  for (const { name, text } of files) {
    assert.ok(isMarked(text), name);
    assert.doesNotMatch(text, /@[A-Z_]+@/, name);
  }
});

test('only what begins with our mark is ours', () => {
  assert.ok(
    isMarked('# The agent. It never holds a pane, so stopping, upgrading or crashing it loses nothing.\n[Unit]\n'),
  );
  assert.ok(!isMarked('[Unit]\nDescription=my own\n# A file of tmux-persist\n'));
  assert.ok(!isMarked(''));
});

test('a named server has the same units, with its name in the place of the default one', () => {
  const files = planFiles(templates, programs, null);
  const [server, agent] = [textOf(files, 'tmux-server@.service'), textOf(files, 'tmux-persist@.service')];
  assert.deepEqual(setting(server, 'ExecStart'), ['"/usr/bin/tmux" -L %i -D']);
  assert.match(setting(server, 'ExecCondition').join(''), /tmux-%U\/%i"/);
  assert.deepEqual(setting(agent, 'BusName'), ['org.tmuxpersist.Agent1.%i']);
  assert.match(setting(agent, 'ExecStart').join(''), /"\/opt\/p\.js" -L %i agent$/);
  assert.deepEqual(setting(agent, 'After'), ['tmux-server@%i.service dbus.service']);
  assert.deepEqual(setting(agent, 'Also'), ['tmux-server@%i.service']);
  const units = unitNames('work');
  assert.ok(units !== null);
  const { name, text } = scopeFile(templates, units);
  assert.equal(name, 'tmux-spawn-.scope.d/10-tmux-persist@work.conf');
  assert.deepEqual(setting(text, 'Before'), ['tmux-server@work.service tmux-persist@work.service']);
});

test("where the user's own unit runs the server ours is not written, and the agent watches and follows theirs", () => {
  const files = planFiles(templates, programs, 'my.service');
  assert.ok(!files.some(({ name }) => name === 'tmux-server.service'));
  const agent = textOf(files, 'tmux-persist.service');
  assert.match(setting(agent, 'ExecStart').join(''), / agent --server-unit "my\.service"$/);
  assert.deepEqual(setting(agent, 'After'), ['my.service dbus.service']);
  assert.deepEqual(setting(agent, 'Also'), []);
  const scopes = textOf(files, 'tmux-spawn-.scope.d/10-tmux-persist.conf');
  assert.deepEqual(setting(scopes, 'Before'), ['my.service tmux-persist.service']);
  assert.deepEqual(setting(textOf(files, 'tmux-persist@.service'), 'Also'), ['tmux-server@%i.service']);
});

test('a path survives with every character that means something to systemd', () => {
  const quoted = `"/opt/a b/100%%/$$HOME/it's \\"q\\"/back\\\\slash"`;
  assert.ok(
    setting(agentOf({ bundle: ODD }), 'ExecStart')
      .join('')
      .includes(` ${quoted} `),
  );
  // In an assignment a dollar sign is one.
  assert.equal(
    setting(agentOf({ tmux: ODD }), 'Environment')[0],
    `"TMUX_PERSIST_TMUX=/opt/a b/100%%/$HOME/it's \\"q\\"/back\\\\slash"`,
  );
  // The program itself is no place for variables, and systemd takes no quotes in it.
  assert.match(setting(agentOf({ node: '/opt/a b/$x/node' }), 'ExecStart').join(''), /^"\/opt\/a b\/\$x\/node" --/);
  assert.ok(
    setting(agentOf({ node: ODD }), 'ExecStart')
      .join('')
      .startsWith(`/bin/sh -c 'exec "$$0" "$$@"' ${quoted} --`),
  );
});

test('a path with a control character, or that is not absolute, can not stand in a unit', () => {
  assert.equal(unusablePath(ODD), null);
  for (const path of ['node', '', '/a\nb', '/a\tb', '/a\u007fb', '/a\ufffdb'])
    assert.notEqual(unusablePath(path), null, path);
});
