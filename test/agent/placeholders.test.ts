/** Real shells in real sessions: which of them nobody used, and for how long that holds. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { findPlaceholders, unusedNow } from '../../src/agent/placeholders.js';
import { quote } from '../../src/tmux/codec.js';
import { observe } from '../../src/tmux/observe.js';
import { TmuxRig, valueOf, waitFor } from '../support/tmux-rig.js';

const BASH = 'set -g default-shell /bin/bash';

/** Starts a server whose shells have this prompt; it holds one session that is none of the tested. */
async function server(t: TestContext, ps1: string, profile = '', config = BASH): Promise<TmuxRig> {
  const rig = await TmuxRig.make(t, { config, env: { LC_ALL: 'C.UTF-8' } });
  await writeFile(join(rig.home, '.bash_profile'), `${profile}\nPS1=$'${ps1}'\n`);
  await rig.startEmpty();
  await rig.tmux('new-session', '-d', '-s', 'main', 'sleep', '1000');
  return rig;
}

const make = (rig: TmuxRig, ...args: readonly string[]): Promise<string> =>
  rig.tmux('new-session', '-d', '-P', '-F', '#{pane_id}', '-s', 'work', '-x', '80', '-y', '24', ...args);

const text = (rig: TmuxRig, pane: string): Promise<string> => rig.tmux('capture-pane', '-p', '-t', pane);
const shows = (rig: TmuxRig, pane: string, what: string | RegExp): Promise<true> =>
  waitFor(`'${String(what)}'`, async () => {
    const shown = await text(rig, pane);
    return typeof what === 'string' ? shown.includes(what) : what.test(shown);
  });
const format = (rig: TmuxRig, pane: string, name: string): Promise<string> =>
  rig.tmux('display-message', '-p', '-t', pane, `#{${name}}`);
const seconds = async (rig: TmuxRig, pane: string, name: string): Promise<number> =>
  Number(await format(rig, pane, name));

/** Makes a session and waits until its shell shows a prompt and is judged unused. */
async function unused(rig: TmuxRig, ...args: readonly string[]): Promise<{ pane: string; condition: string }> {
  const pane = await make(rig, ...args);
  const condition = await waitFor('a prompt that counts as unused', async () =>
    (await format(rig, pane, 'cursor_x')) === '0' ? null : unusedNow(rig.target, pane),
  );
  return { pane, condition };
}

const holds = async (rig: TmuxRig, pane: string, condition: string): Promise<boolean> =>
  (await rig.source(`if-shell -F -t ${pane} ${quote(condition)} { display-message -p yes } { display-message -p no }`))
    .toString()
    .trim() === 'yes';

/** Attaches a client inside a pane of another server; returns how to type in it and how to end it. */
async function attach(
  t: TestContext,
  rig: TmuxRig,
): Promise<{ type: (...keys: string[]) => Promise<string>; end: () => Promise<void> }> {
  const outer = await TmuxRig.make(t);
  await outer.startEmpty();
  const client = `exec env -u TMUX tmux -u -S ${rig.socketPath} new-session -A -s work`;
  await outer.tmux('new-session', '-d', '-s', 'outer', '-x', '80', '-y', '24', client);
  const attached = (count: string) => async (): Promise<boolean> =>
    (await rig.tmux('list-sessions', '-F', '#{session_name}:#{session_attached}')).includes(`work:${count}`);
  await waitFor('the client', attached('1'));
  return {
    type: (...keys) => outer.tmux('send-keys', '-t', 'outer', ...keys),
    end: async () => {
      await outer.kill();
      await waitFor('the client to be gone', attached('0'));
    },
  };
}

const PROMPTS: Readonly<Record<string, string>> = {
  'a user, a host and a path': '\\\\u@\\\\h:\\\\w\\\\$ ',
  'two lines': '\\n┌──(\\\\u㉿\\\\h)-[\\\\w]\\n└─\\\\$ ',
  'colours, a path and a branch': '\\\\[\\e[1;34m\\\\]~/日本 (main) \\\\[\\e[0m\\\\]❯ ',
  'powerline segments': '\\e[44m me \\e[m\\ue0b0\\e[44m ~ \\e[m\\ue0b0 ',
  'an arrow in front': '➜  ~ git:(main) ✗ ',
  'a text at the right edge': '\\\\[\\e7\\e[75Gright\\e8\\\\]~ ❯ ',
};

for (const [name, ps1] of Object.entries(PROMPTS)) {
  test(`a login shell whose prompt has ${name} is unused until something is typed`, async (t) => {
    const rig = await server(t, ps1, 'echo welcome; echo');
    const { pane, condition } = await unused(rig);
    assert.equal(await holds(rig, pane, condition), true);
    await rig.tmux('send-keys', '-t', pane, 'x');
    await shows(rig, pane, /x(\s+right)?\s*$/);
    assert.equal(await unusedNow(rig.target, pane), null);
    assert.equal(await holds(rig, pane, condition), false);
    // To the start of the line, where the cursor was.
    await rig.tmux('send-keys', '-t', pane, 'C-a');
    await waitFor('the cursor', async () => condition.includes(` ${await format(rig, pane, 'cursor_x')} `));
    assert.equal(await unusedNow(rig.target, pane), null);
  });
}

test('a plain sh, and the default-command, are unused at their prompt', async (t) => {
  const plain = await server(t, '', '', 'set -g default-shell /bin/sh');
  await unused(plain);
  const own = await server(t, '', '', `${BASH}\nset -g default-command "exec /bin/bash --norc"`);
  const { pane } = await unused(own);
  assert.notEqual(await format(own, pane, 'pane_start_command'), '');
});

test('a session is found by its name, with where it is', async (t) => {
  const rig = await server(t, '$ ');
  const { pane, condition } = await unused(rig);
  const live = valueOf(await observe(rig.target));
  const [sessionId, windowId] = [await format(rig, pane, 'session_id'), await format(rig, pane, 'window_id')];
  assert.deepEqual(await findPlaceholders(rig.target, live, ['work', 'main', 'absent']), [
    { sessionId, windowId, paneId: pane, index: 0, unused: condition },
  ]);
  assert.deepEqual(await findPlaceholders(rig.target, live, ['main', 'wor', 'work ']), []);
  // A window beside it is a use of the session, but not of the window.
  await rig.tmux('new-window', '-d', '-t', 'work:');
  assert.deepEqual(await findPlaceholders(rig.target, live, ['work']), []);
  assert.equal(await unusedNow(rig.target, pane), condition);
  await rig.tmux('kill-session', '-t', 'work');
  assert.deepEqual(await findPlaceholders(rig.target, live, ['work']), []);
});

test('the condition lets the window be closed in the same breath, and only then', async (t) => {
  const rig = await server(t, '$ ');
  const { pane, condition } = await unused(rig);
  const close = (): Promise<Buffer> =>
    rig.source(`if-shell -F -t ${pane} ${quote(condition)} { kill-window -t ${pane} }`);
  await rig.tmux('new-window', '-d', '-t', 'work:', 'sleep', '1000');
  await rig.tmux('move-window', '-d', '-s', pane, '-t', 'work:9');
  await rig.tmux('send-keys', '-t', pane, 'x');
  await shows(rig, pane, '$ x');
  await close();
  assert.equal(await format(rig, pane, 'pane_id'), pane);
  await rig.tmux('send-keys', '-t', pane, 'BSpace');
  await shows(rig, pane, /\$\s*$/);
  await close();
  assert.deepEqual(await rig.rows('list-windows', '#{window_index}', '-t', 'work'), ['1']);
});

const COMMANDS: Readonly<Record<string, (rig: TmuxRig, pane: string) => Promise<unknown>>> = {
  'a command without output was run': async (rig, pane) => {
    await rig.tmux('send-keys', '-t', pane, 'cd /', 'Enter');
    await shows(rig, pane, /:\/[$#]\s*$/);
  },
  'a command waits for its end': async (rig, pane) => {
    await rig.tmux('send-keys', '-t', pane, 'if true', 'Enter');
    await shows(rig, pane, /^>\s*$/m);
  },
  'a program runs in the background, on a cleared screen': async (rig, pane) => {
    await rig.tmux('send-keys', '-t', pane, 'sleep 1000 & clear', 'Enter');
    await waitFor('the first row', async () => (await format(rig, pane, 'cursor_y')) === '0');
  },
  'a program runs that shows nothing': async (rig, pane) => {
    await rig.tmux('send-keys', '-t', pane, 'clear; sleep 1000', 'Enter');
    await waitFor('sleep', async () => (await format(rig, pane, 'pane_current_command')) === 'sleep');
  },
  'the shell became a program that shows nothing': async (rig, pane) => {
    await rig.tmux('send-keys', '-t', pane, 'clear; exec sleep 1000', 'Enter');
    await waitFor('sleep', async () => (await format(rig, pane, 'pane_current_command')) === 'sleep');
  },
  'vi is open': async (rig, pane) => {
    await rig.tmux('send-keys', '-t', pane, 'vi', 'Enter');
    await waitFor('its screen', async () => (await format(rig, pane, 'alternate_on')) === '1');
  },
  'copy mode is on': (rig, pane) => rig.tmux('copy-mode', '-t', pane),
  'it has a second pane': (rig, pane) => rig.tmux('split-window', '-d', '-t', pane),
  'its output is recorded': (rig, pane) => rig.tmux('pipe-pane', '-t', pane, 'cat >/dev/null'),
  'it is gone': (rig, pane) => rig.tmux('kill-pane', '-t', pane),
};

for (const [name, use] of Object.entries(COMMANDS)) {
  test(`a session is used when ${name}`, async (t) => {
    const rig = await server(t, '\\\\u@\\\\h:\\\\w\\\\$ ');
    const { pane } = await unused(rig);
    await use(rig, pane);
    assert.deepEqual(await findPlaceholders(rig.target, valueOf(await observe(rig.target)), ['work']), []);
  });
}

test('a session that was made with a command is used, also if that is a shell', async (t) => {
  const rig = await server(t, '$ ');
  const pane = await make(rig, '/bin/bash --norc');
  await shows(rig, pane, /[$#] ?\s*$/);
  assert.equal(await unusedNow(rig.target, pane), null);
});

test('a shell is unused while its start-up files run, but not for long', async (t) => {
  const rig = await server(t, '$ ', 'sleep 1000');
  const pane = await make(rig);
  await waitFor('it to count as unused', () => unusedNow(rig.target, pane));
  await waitFor('it to count as used', async () => (await unusedNow(rig.target, pane)) === null);
});

test('keys typed ahead of a slow shell are a use', async (t) => {
  const rig = await server(t, '$ ', 'read -r line < <(sleep 1000)');
  const pane = await make(rig);
  await waitFor('it to count as unused', () => unusedNow(rig.target, pane));
  await rig.tmux('send-keys', '-t', pane, ' ');
  await waitFor('the echo', async () => (await format(rig, pane, 'cursor_x')) === '1');
  assert.equal(await unusedNow(rig.target, pane), null);
});

test('a client that attaches uses nothing; its first key does, whatever the screen shows afterwards', async (t) => {
  const rig = await server(t, '$ ');
  const client = await attach(t, rig);
  const pane = (await rig.rows('list-panes', '#{pane_id}', '-t', 'work'))[0] ?? '';
  await shows(rig, pane, /^\$\s*$/);
  assert.notEqual(await unusedNow(rig.target, pane), null);
  const attachedAt = await seconds(rig, pane, 'session_last_attached');
  await waitFor('the next second', () => Date.now() / 1000 >= attachedAt + 1);
  await client.type('x=1; clear', 'Enter');
  await waitFor('the key', async () => (await seconds(rig, pane, 'session_activity')) > attachedAt);
  await waitFor('a screen as at first', async () => {
    const isCleared = /^\$\s*$/.test(await text(rig, pane));
    return (
      isCleared && (await format(rig, pane, 'cursor_x')) === '2' && (await format(rig, pane, 'history_size')) === '0'
    );
  });
  assert.equal(await unusedNow(rig.target, pane), null);
});

test('a session that was used, cleared and attached anew is known by its terminal', async (t) => {
  const rig = await server(t, '$ ');
  const { pane } = await unused(rig);
  const created = await seconds(rig, pane, 'session_created');
  // The kernel keeps the time of a read to eight seconds.
  const later = (Math.floor((created + 3) / 8) + 1) * 8;
  await waitFor('a later read', () => Date.now() / 1000 >= later);
  const before = await unusedNow(rig.target, pane);
  assert.notEqual(before, null);
  await rig.tmux('send-keys', '-t', pane, 'x=1; clear', 'Enter');
  await waitFor('a read', async () => (await unusedNow(rig.target, pane)) === null);
  const client = await attach(t, rig);
  await waitFor('a screen as at first', async () => /^\$\s*$/.test(await text(rig, pane)));
  assert.equal(await seconds(rig, pane, 'session_activity'), await seconds(rig, pane, 'session_last_attached'));
  await client.end();
  assert.equal(await unusedNow(rig.target, pane), null);
});
