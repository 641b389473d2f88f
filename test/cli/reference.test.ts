/**
 * One source for help, manual and README: what they say is what the program does, and each of them can be read by what reads it.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { allCommands, commandModel } from '../../src/cli/command-model.js';
import { commandTree } from '../../src/cli/command-tree.js';
import { manPage } from '../../src/cli/man-page.js';
import { FILES, TMUX_OPTIONS, VARIABLES } from '../../src/cli/reference.js';
import { escaped, prose } from '../../src/cli/roff.js';
import { VERSION } from '../../src/cli/version.js';
import { DEFAULT_POLICY, parsePolicy } from '../../src/model/policy.js';
import { buildProgram, CHECKOUT } from '../support/agent-rig.js';
import { withReference } from '../support/reference-markdown.js';

before(buildProgram);

const program = commandModel(commandTree());
const page = manPage(program, VERSION);

/** Returns what a formatter makes of a page, which it must have nothing to say about. */
function formatted(command: string, args: readonly string[], input: string): string {
  const ran = spawnSync(command, args, {
    input,
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C.UTF-8', MANPAGER: 'cat' },
  });
  assert.deepEqual([ran.status, ran.stderr], [0, ''], command);
  return stripVTControlCharacters(ran.stdout).replace(/.\u0008/g, '');
}

test('the README says what the program has: its commands, options and exit codes', async () => {
  const prettier = await import('prettier');
  const path = join(CHECKOUT, 'README.md');
  const options = { ...(await prettier.resolveConfig(path)), parser: 'markdown' };
  const expected = await prettier.format(withReference(readFileSync(path, 'utf8'), program), options);
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(path, expected);
  assert.equal(readFileSync(path, 'utf8'), expected, 'make docs, and look at what changed');
});

test('every command and every argument says what it is, and every command shows how it is used', () => {
  for (const { path, commands, summary, examples, arguments: words, options } of allCommands(program).slice(1)) {
    const name = path.join(' ');
    assert.notEqual(summary, '', name);
    for (const option of options) assert.notEqual(option.summary, '', `${name} ${option.names.join(' ')}`);
    if (commands.length > 0 || name === 'help') continue;
    for (const word of words) assert.notEqual(word.summary, '', `${name} ${word.name}`);
    assert.ok(examples.length > 0, name);
    assert.ok(
      examples.every(({ line }) => line.includes(`tmux-persist`) && line.includes(path.at(-1) ?? '')),
      name,
    );
  }
});

test('the options that are described are those that are read, with their defaults', () => {
  const read = new Set<string>();
  const nothing = new Proxy<Record<string, string>>({}, { get: (_, name) => void read.add(String(name)) });
  assert.deepEqual(parsePolicy(nothing).policy, DEFAULT_POLICY);
  assert.deepEqual([...read].sort(), TMUX_OPTIONS.map(({ name }) => name).sort());
  const described = Object.fromEntries(TMUX_OPTIONS.map(({ name, standard }) => [name, standard]));
  assert.deepEqual(parsePolicy(described), { policy: DEFAULT_POLICY, problems: [] });
});

test('the variables and files that are described are those of the source', () => {
  const files = readdirSync(join(CHECKOUT, 'src'), { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  const source = files
    .filter((file) => !file.endsWith('reference.ts'))
    .map((file) => readFileSync(join(CHECKOUT, 'src', file), 'utf8'))
    .join('\n');
  for (const { name } of VARIABLES) assert.match(source, new RegExp(`['. ]${name}\\b`), name);
  for (const name of FILES.flatMap((file) => /[a-z]+(?:-[a-z]+)*/.exec(file.name.replace(/^\$\w+\//, '')) ?? []))
    assert.ok(source.includes(name), name);
});

test('the manual is clean for groff, man and mandoc, and holds every command, option and example', () => {
  const shown = formatted('groff', ['-ww', '-man', '-Tutf8', '-rLL=200n'], page);
  formatted('man', ['--warnings', '-l', '-Tutf8', '-'], page);
  formatted('mandoc', ['-Tlint', '-Wstyle'], page);
  const said = shown.replace(/\s+/g, ' ');
  const wanted = allCommands(program).flatMap(({ options, examples, remarks }) => [
    ...options.flatMap(({ names }) => names),
    ...examples.map(({ line }) => line),
    ...remarks,
  ]);
  for (const text of [
    ...wanted,
    ...TMUX_OPTIONS.map(({ name }) => `@tmux-persist-${name}`),
    ...VARIABLES.map(({ name }) => name),
  ])
    assert.ok(said.includes(text.replace(/\s+/g, ' ')), text);
});

test('no text is ever a request or an escape of roff', () => {
  const texts = [
    '.so /etc/passwd',
    "'br",
    '\\fBx\\fR',
    '\\\\',
    'a\n.sy id',
    'a -- b',
    '"q" `c` ^ ~',
    "it's",
    'ü \u{1f980} ·',
  ];
  for (const text of texts) {
    for (const line of [escaped(text), prose(`a \`${text}\` b`), prose(text.replaceAll('`', ''))]) {
      assert.doesNotMatch(line, /^[.']/m);
      assert.doesNotMatch(line, /[^ -~\n]/);
    }
    const shown = formatted('groff', ['-ww', '-man', '-Tutf8'], `.TH X 1\n.nf\n${escaped(text)}\n`);
    assert.ok(shown.includes(text.replace(/\s/g, ' ')), `${text} in ${shown}`);
  }
});

test('the built manual and completions are those of the source', () => {
  const run = (...words: string[]): string =>
    execFileSync(process.execPath, [join(CHECKOUT, 'dist/tmux-persist.js'), ...words], { encoding: 'utf8' });
  const built = (name: string): string => readFileSync(join(CHECKOUT, 'dist', name), 'utf8');
  assert.equal(built('tmux-persist.1'), page);
  assert.equal(built('completions/tmux-persist'), run('completion', 'bash'));
  assert.equal(built('completions/_tmux-persist'), run('completion', 'zsh'));
  assert.equal(built('completions/tmux-persist.fish'), run('completion', 'fish'));
});

test('an install puts the manual and the completions where they are looked for, and an uninstall takes them out', (t) => {
  const DESTDIR = mkdtempSync(join(tmpdir(), 'tmux-persist-install-'));
  t.after(() => rmSync(DESTDIR, { recursive: true }));
  const run = (script: string): void => {
    const env = {
      PATH: process.env['PATH'] ?? '',
      PREFIX: '/usr',
      DESTDIR,
      ZSH_FUNCTIONS: '/usr/share/zsh/vendor-completions',
    };
    execFileSync('sh', [join(CHECKOUT, 'units', script)], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  };
  const shared = (): string[] =>
    readdirSync(join(DESTDIR, 'usr/share'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.parentPath.endsWith('dbus-1/services'))
      .map((entry) => join(entry.parentPath, entry.name).slice(DESTDIR.length))
      .sort();
  run('install.sh');
  assert.deepEqual(shared(), [
    '/usr/share/bash-completion/completions/tmux-persist',
    '/usr/share/fish/vendor_completions.d/tmux-persist.fish',
    '/usr/share/man/man1/tmux-persist.1',
    '/usr/share/zsh/vendor-completions/_tmux-persist',
  ]);
  run('uninstall.sh');
  assert.deepEqual(shared(), []);
});
