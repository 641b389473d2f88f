/**
 * Completion as it is used: bash, zsh and fish in a pane, real keys, and the words that the command is called with in the end.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { before, describe, test, type TestContext } from 'node:test';
import { AgentRig, buildProgram } from '../support/agent-rig.js';
import { SHELLS, ShellRig, TAB, type ShellName } from './shell-rig.js';

before(buildProgram);

/** Each is the only one with its first letter. */
const NAMES = [
  'a two words',
  "b it's",
  'c$HOME',
  'd$(touch PWNED)',
  'f;touch PWNED',
  'g"quoted"',
  'h*?[x]',
  'i!1 !!',
  'j:k:l',
  'k\\n\\',
  'lünï \u{1f980}',
  'm{1,2}~#',
  'n=o@p,q',
  'r  <s> | t & (u)',
  'v\'"`$\\! mixed',
  'w%s^x',
  "x'",
  // Behind a pair of these bash completes nothing at all, quoted or not.
  'y`touch PWNED`',
];

/** A rig whose saved state has these names, and a shell beside it. */
async function shellOn(t: TestContext, shell: ShellName, names: readonly string[]): Promise<ShellRig> {
  const rig = await AgentRig.make(t);
  await rig.begin('own');
  assert.equal((await rig.run(['save'])).code, 0);
  await name(rig, names);
  return ShellRig.start(rig, shell);
}

/** Gives the saved state sessions of these names, which tmux would not let somebody give. */
async function name(rig: AgentRig, names: readonly string[]): Promise<void> {
  const manifest = await rig.manifest();
  const [session] = manifest?.sessions ?? [];
  assert.ok(manifest !== null && session !== undefined);
  const { windows } = manifest;
  const closed = names.map((each) => ({
    closedAt: manifest.savedAt,
    how: 'kill-session',
    session: { ...session, name: each },
    windows,
  }));
  const path = join((await rig.stateFolder()) ?? '', 'manifest.json');
  await writeFile(path, JSON.stringify({ ...manifest, sessions: [], windows: [], closed }));
}

for (const shell of SHELLS) {
  describe(`completion in ${shell}`, () => {
    test('a name becomes the one word that it is, whatever is in it and whichever quote was begun', async (t) => {
      const typing = await shellOn(t, shell, NAMES);
      const socket = ['-S', typing.rig.server.socketPath];
      const inside = NAMES.filter((each) => /['"$`!\\]/.test(each));
      for (const [quote, names] of [
        ['', NAMES],
        ["'", inside],
        ['"', inside],
      ] as const) {
        const keys = names.flatMap((each) => [`${quote}${each.charAt(0)}`, TAB] as const);
        const words = await typing.call(`${socket.join(' ')} restore `, ...keys);
        assert.deepEqual(words, [...socket, 'restore', ...names], `begun with ${quote}`);
      }
      const files = await readdir(typing.folder);
      assert.deepEqual(
        files.filter((file) => file.includes('PWNED')),
        [],
      );
    });

    test('a name goes on behind what is typed of it already, in any quoting', async (t) => {
      const typing = await shellOn(t, shell, NAMES);
      const socket = ['-S', typing.rig.server.socketPath];
      const typed = ['a\\ tw', "'a two", '"a two w', "a' 'tw", 'j:k', 'j\\:k:', "'j:k:", 'n=o', 'n=o@'];
      const words = await typing.call(`${socket.join(' ')} export `, ...typed.flatMap((each) => [each, TAB] as const));
      const [two, colons, equal] = [NAMES[0], 'j:k:l', 'n=o@p,q'];
      assert.deepEqual(words.slice(3), [two, two, two, two, colons, colons, colons, equal, equal]);
    });

    test('commands, options and fixed words are completed without asking the program', async (t) => {
      const typing = await shellOn(t, shell, []);
      const table: readonly (readonly [(string | typeof TAB)[], string[]])[] = [
        [
          ['rest', TAB, '--dry', TAB],
          ['restore', '--dry-run'],
        ],
        [
          ['hooks inst', TAB, 'cl', TAB, 'gem', TAB],
          ['hooks', 'install', 'claude', 'gemini'],
        ],
        [
          ['roster enr', TAB, '--js', TAB],
          ['roster', 'enroll', '--json'],
        ],
        [
          ['--verb', TAB, 'comp', TAB, 'zs', TAB],
          ['--verbose', 'completion', 'zsh'],
        ],
        [
          ['status --verb', TAB],
          ['status', '--verbose'],
        ],
        [
          ['help fo', TAB],
          ['help', 'forget'],
        ],
        // What is never a word there stays as it was typed.
        [
          ['undo x', TAB],
          ['undo', 'x'],
        ],
        [
          ['completion bash f', TAB],
          ['completion', 'bash', 'f'],
        ],
      ];
      for (const [keys, words] of table) assert.deepEqual(await typing.call(...keys), words);
      assert.equal(await typing.asked(), 0);
    });

    test('ids, sockets and files are completed where they belong', async (t) => {
      const typing = await shellOn(t, shell, []);
      const { rig, folder } = typing;
      const sockets = join(rig.home, `tmux-${String(process.getuid?.() ?? 0)}`);
      await mkdir(sockets, { mode: 0o700 });
      const server = createServer().listen(join(sockets, 'work box'));
      await once(server, 'listening');
      t.after(() => server.close());
      await writeFile(join(folder, 'saved states.txt'), '');
      const id = (await rig.manifest())?.id ?? '';
      const socket = `-S ${rig.server.socketPath}`;
      const of = (words: readonly string[]): string[] => ['-S', rig.server.socketPath, ...words];

      assert.deepEqual(await typing.call(`${socket} show 2`, TAB), of(['show', id]));
      assert.deepEqual(await typing.call(`${socket} restore --from 2`, TAB), of(['restore', '--from', id]));
      assert.deepEqual(await typing.call(`${socket} restore --from=2`, TAB), of(['restore', `--from=${id}`]));
      assert.deepEqual(await typing.call('-L wo', TAB, 'stat', TAB), ['-L', 'work box', 'status']);
      assert.deepEqual(await typing.call('import sav', TAB), ['import', 'saved states.txt']);
      assert.deepEqual(await typing.call('roster status --map sav', TAB), [
        'roster',
        'status',
        '--map',
        'saved states.txt',
      ]);
    });

    test('a name that begins with - is offered behind -- alone, and one of no name nowhere', async (t) => {
      const typing = await shellOn(t, shell, ['-dash', 'x\u001b]0;gotcha\u0007', 'x\ny', 'plain']);
      const socket = `-S ${typing.rig.server.socketPath}`;
      assert.deepEqual((await typing.call(`${socket} forget -- -d`, TAB)).slice(2), ['forget', '--', '-dash']);
      assert.deepEqual((await typing.call(`${socket} forget `, TAB)).slice(2), ['forget', 'plain']);
      assert.deepEqual((await typing.call(`${socket} forget x`, TAB)).slice(2), ['forget', 'x']);
    });

    test('without a state that can be read nothing is offered, and nothing is said', async (t) => {
      const typing = await shellOn(t, shell, ['plain']);
      await chmod((await typing.rig.stateFolder()) ?? '', 0o777);
      const socket = `-S ${typing.rig.server.socketPath}`;
      assert.deepEqual((await typing.call(`${socket} restore p`, TAB)).slice(2), ['restore', 'p']);
      assert.deepEqual((await typing.call('-S ./nowhere restore p', TAB)).slice(2), ['restore', 'p']);
      const lines = (await typing.screen()).split('\n').filter((line) => line.trim() !== '');
      assert.deepEqual(
        lines.filter((line) => !line.startsWith('>')),
        [],
      );
    });
  });
}

test('what completes a name is silent and succeeds, whatever is wrong', async (t) => {
  const rig = await AgentRig.make(t);
  const nothing = { code: 0, stdout: '', stderr: '' };
  const kinds = ['sessions', 'ids'];
  for (const kind of kinds) assert.deepEqual(await rig.run(['completion-words', kind]), nothing);
  for (const kind of kinds) {
    assert.deepEqual(
      await rig.run(['completion-words', kind], { env: { HOME: undefined, XDG_STATE_HOME: undefined } }),
      nothing,
    );
  }
  await rig.begin('own');
  assert.equal((await rig.run(['save'])).code, 0);
  assert.match((await rig.run(['completion-words', 'sessions'])).stdout, /^own\t/);
  const folder = (await rig.stateFolder()) ?? '';
  const manifest = await readFile(join(folder, 'manifest.json'));
  await writeFile(join(folder, 'manifest.json'), manifest.subarray(0, 100));
  for (const kind of kinds) assert.deepEqual(await rig.run(['completion-words', kind]), nothing);
  assert.deepEqual(await readFile(join(folder, 'manifest.json')), manifest.subarray(0, 100));
});
