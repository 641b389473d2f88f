/**
 * A user's web terminals, set up as units/ttyd says, and the work in them: text with colours and more of it than fits a screen,
 * each in a directory of its own. The work is typed into the tabs; after that no key is pressed.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { TestContext } from 'node:test';
import type { Machine, User } from './machine.js';
import type { Rig } from './machine-tests.js';
import { manifestOf, checkoutFolder } from './product.js';
import * as sessions from './sessions.js';
import type { Browser, Tab } from './web-terminal-browser.js';
import { openRoad } from './web-terminal-road.js';

/** The sessions, a tab each. */
export const NAMES = ['api', 'docs', 'notes'] as const;
/** Lines of text in each. */
export const LINES = 300;

/** What the service of a web terminal runs: by itself as everybody types it, or as the example has it. */
export type Command = 'tmux new-session -A -s %i' | 'tmux -N new-session -A -s %i';

/** How long a page may take on a busy machine. */
const SLOW = { deadlineMs: 60_000 };

/** A user's web terminals, each in a tab. */
export interface WebTerminals {
  readonly user: User;
  readonly tabs: readonly Tab[];
}

/** Returns the tabs of a new user, with the work in them saved. */
export async function openWebTerminals(
  t: TestContext,
  rig: Rig,
  browser: Browser,
  command: Command,
): Promise<WebTerminals> {
  const { machine } = rig;
  const user = await rig.addInstalledUser();
  await serve(machine, user, command);
  const tabs: Tab[] = [];
  for (const name of NAMES) {
    const road = await openRoad(machine, socketOf(user, name));
    const tab = await browser.openTab(road.url);
    t.after(async () => {
      await tab.close();
      road.close();
    });
    await workIn(machine, user, tab, name);
    tabs.push(tab);
  }
  await splitFirst(machine, user, tabs);
  await machine.waitFor(
    'all text to be saved',
    async () => {
      await machine.run(['tmux-persist', 'save'], { user });
      const { windows } = await manifestOf(machine, user);
      const texts = windows.flatMap(({ panes }) => panes.map(({ contents }) => contents?.lines ?? 0));
      assert.equal(texts.filter((lines) => lines >= LINES).length, NAMES.length, texts.join(' '));
      assert(!texts.includes(0), texts.join(' '));
    },
    SLOW,
  );
  return { user, tabs };
}

/** Installs the example for a user, with this command in it, and starts it for each session. */
async function serve(machine: Machine, user: User, command: Command): Promise<void> {
  const example = await exampleFile('ttyd@.service');
  const unit = example.replace('tmux -N new-session -A -s %i', command);
  assert(unit.includes(`${command}\n`), 'the example runs that command');
  const folder = `${user.home}/.config/systemd/user`;
  await machine.run(['mkdir', '-p', folder], { user });
  await machine.run(['tee', `${folder}/ttyd@.service`], { user, input: unit });
  await machine.run(['tee', `${user.home}/.config/ttyd.html`], { user, input: await pageOf(machine) });
  await machine.run(['systemctl', '--user', 'daemon-reload'], { user });
  const units = NAMES.map((name) => `ttyd@${name}.service`);
  await machine.run(['systemctl', '--user', 'enable', '--now', ...units], { user });
  for (const name of NAMES) await listens(machine, socketOf(user, name));
}

/** Returns the page that ttyd brings along, with the example's lines at its end. */
async function pageOf(machine: Machine): Promise<string> {
  const socket = '/run/ttyd-page.sock';
  await machine.run(['systemd-run', '--quiet', '--unit=ttyd-page', 'ttyd', '--interface', socket, 'true']);
  await listens(machine, socket);
  const road = await openRoad(machine, socket);
  const page = await (await fetch(road.url)).text();
  road.close();
  await machine.run(['systemctl', 'stop', 'ttyd-page.service']);
  assert.match(page, /<\/html>\s*$/);
  return page + (await exampleFile('reconnect.html'));
}

const exampleFile = (name: string): Promise<string> =>
  readFile(path.join(checkoutFolder(), 'units/ttyd', name), 'utf8');

const socketOf = (user: User, name: string): string => `/run/user/${user.uid}/ttyd-${name}.sock`;

async function listens(machine: Machine, socket: string): Promise<void> {
  await machine.waitFor(`ttyd at ${socket}`, () => machine.run(['grep', '-q', socket, '/proc/net/unix']), SLOW);
}

async function workIn(machine: Machine, user: User, tab: Tab, name: string): Promise<void> {
  await promptIn(machine, tab, '~');
  const lines = Array.from({ length: LINES }, (_, at) => `\x1b[3${(at % 6) + 1}m✔ ${name} ${at + 1}\x1b[0m is done\n`);
  await machine.run(['mkdir', `${user.home}/${name}`], { user });
  await machine.run(['tee', `${user.home}/${name}/log`], { user, input: lines.join('') });
  await tab.type(`cd ~/${name}; cat log\n`);
  await promptIn(machine, tab, `~/${name}`);
}

/** The first session is two panes wide; what the second one shows is seen in the pictures of the README. */
async function splitFirst(machine: Machine, user: User, [tab]: readonly Tab[]): Promise<void> {
  assert(tab !== undefined);
  const todo = ['\x1b[1mrelease 2.4\x1b[0m', ...['schema', 'migration'].map((what) => `\x1b[32m[x]\x1b[0m ${what}`)];
  const text = [...todo, '\x1b[33m[ ]\x1b[0m rollback, tried once', '\x1b[31m[ ]\x1b[0m tell the others', ''];
  await machine.run(['tee', `${user.home}/${NAMES[0]}/todo`], { user, input: text.join('\n') });
  await sessions.tmux(machine, user, 'split-window', '-h', '-l', '45', '-c', `${user.home}/${NAMES[0]}`, '-t', '=api:');
  await machine.waitFor(
    'the prompt of the second pane',
    async () => {
      assert.match((await tab.look()).rows[0] ?? '', /│.*\$$/);
    },
    SLOW,
  );
  await tab.type('cat todo\n');
  await machine.waitFor(
    'the text of the second pane',
    async () => {
      assert.match((await tab.look()).rows.join('\n'), /│\[ \] tell the others\n.*│.*\$$/m);
    },
    SLOW,
  );
}

/** Waits until the last thing in a tab is the prompt of a shell in this directory. */
async function promptIn(machine: Machine, tab: Tab, directory: string): Promise<void> {
  await machine.waitFor(
    `a prompt in ${directory}`,
    async () => {
      const rows = (await tab.look()).rows.slice(0, -1).filter((row) => row !== '');
      assert(rows.at(-1)?.endsWith(`:${directory}$`), rows.slice(-3).join('\n'));
    },
    SLOW,
  );
}
