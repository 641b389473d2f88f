/** What the words of @tmux-persist-programs say of a program. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Program } from '../../src/model/manifest.js';
import { modeFor, parseProgramChoice } from '../../src/model/program-choices.js';

type Mode = Program['mode'];

const rows: readonly (readonly [words: string, kind: string, name: string, own: Mode, mode: Mode])[] = [
  ['', 'claude', 'claude', 'auto', 'auto'],
  ['claude=offer ssh=auto', 'claude', 'claude', 'auto', 'offer'],
  ['claude=offer ssh=auto', 'ssh', 'ssh', 'offer', 'auto'],
  ['claude=offer ssh=auto', 'ssh', 'autossh', 'offer', 'auto'],
  ['htop=never', 'monitor', 'htop', 'auto', 'never'],
  ['htop=never', 'monitor', 'top', 'auto', 'auto'],
  ['monitor=view', 'monitor', 'top', 'auto', 'view'],
  // A name by itself wants the program back; a kind or a glob by itself says nothing of when.
  ['ssh', 'ssh', 'ssh', 'offer', 'auto'],
  ['autossh', 'ssh', 'ssh', 'offer', 'offer'],
  ['ssh', 'ssh', 'autossh', 'offer', 'offer'],
  ['docker', 'container', 'docker', 'never', 'offer'],
  ['docker=auto', 'container', 'docker', 'never', 'auto'],
  ['*', 'container', 'docker', 'never', 'never'],
  ['*', 'ssh', 'ssh', 'offer', 'offer'],
  ['*', 'listed', 'foo', 'auto', 'auto'],
  ['vim', 'vim', 'vim', 'auto', 'auto'],
  // The most exact word counts, wherever it stands.
  ['vim=auto vim=view', 'vim', 'vim', 'auto', 'view'],
  ['htop=view monitor=never *=offer', 'monitor', 'htop', 'auto', 'view'],
  ['*=offer monitor=never htop=view', 'monitor', 'htop', 'auto', 'view'],
  ['*=offer monitor=never htop=view', 'monitor', 'btop', 'auto', 'never'],
  ['*=offer monitor=never htop=view', 'pager', 'less', 'auto', 'offer'],
  ['my-*=view', 'listed', 'my-tool', 'auto', 'view'],
  ['my-*=view', 'listed', 'not-my-tool', 'auto', 'auto'],
  ['python3.?=never', 'repl', 'python3.1', 'offer', 'never'],
  ['python3.?=never', 'repl', 'python3x1', 'offer', 'offer'],
];

for (const [words, kind, name, own, mode] of rows) {
  test(`'${words}' makes ${name} of the family ${kind} (${own}) ${mode}`, () => {
    const choices = words.split(' ').flatMap((word) => parseProgramChoice(word) ?? []);
    assert.equal(modeFor(choices, kind, name, own), mode);
  });
}
