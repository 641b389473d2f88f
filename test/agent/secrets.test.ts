/**
 * Secrets that a user's programs, environments and settings hold, and everything that the real agent and the commands ever write: none of
 * them is in any of it. What stands beside each secret is, so that the search finds what there is to be found.
 */
import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { AgentRig, buildProgram, PROGRAM } from '../support/agent-rig.js';
import { installFakeClaude } from '../support/fake-claude-install.js';
import { waitFor } from '../support/tmux-rig.js';

before(buildProgram);

/** Returns a secret that stands nowhere else. */
const secretOf = (name: string): string => `Hush${name}Zq81x7Kp04Wm`;

const SECRETS = {
  mysql: secretOf('Mysql'),
  url: secretOf('Url'),
  flag: secretOf('Flag'),
  header: secretOf('Header'),
  line: secretOf('Line'),
  assignment: secretOf('Assignment'),
  title: secretOf('Title'),
  apiKey: `sk-ant-${secretOf('ApiKey')}`,
  prompt: `ghp_${secretOf('Prompt')}abcdef`,
  settings: secretOf('Settings'),
  config: secretOf('Config'),
  hook: secretOf('Hook'),
  server: secretOf('Server'),
  session: secretOf('Session'),
  pane: secretOf('Pane'),
  asked: secretOf('Asked'),
} as const;

const CONFIG = [
  'set -g @tmux-persist-scrollback 0',
  "set -g @tmux-persist-environment 'DATABASE_URL PLAIN_WORD GITHUB_TOKEN'",
  "set -g @tmux-persist-programs 'tool=auto curl=auto mysql=auto'",
].join('\n');

/** Puts programs into HOME that do nothing but hold a terminal, under their own names and with their own arguments. */
async function installHolders(rig: AgentRig, ...names: readonly string[]): Promise<string> {
  const bin = join(rig.home, 'bin');
  await mkdir(bin, { recursive: true });
  const holder = join(rig.home, 'holder.js');
  await writeFile(holder, 'process.stdin.resume(); setInterval(() => {}, 1e6);');
  for (const name of names) {
    await writeFile(join(bin, name), `#!/bin/bash\nexec -a '${name}' '${process.execPath}' '${holder}' "$@"\n`);
    await chmod(join(bin, name), 0o755);
  }
  return bin;
}

/** Returns every byte below a folder, with what is compressed as it is and unpacked. */
async function everythingBelow(folder: string): Promise<string> {
  const parts: string[] = [];
  for (const name of await readdir(folder, { recursive: true })) {
    const path = join(folder, name);
    if (!(await stat(path)).isFile()) continue;
    const bytes = await readFile(path);
    parts.push(`== ${name}`, bytes.toString('latin1'));
    if (name.endsWith('.gz')) parts.push(gunzipSync(bytes).toString('latin1'));
  }
  return parts.join('\n');
}

test('no secret of a command line, an environment, a start command, a title, a hook or an agent is ever written anywhere', async (t) => {
  const home = await AgentRig.make(t, {
    config: CONFIG,
    env: { GITHUB_TOKEN: SECRETS.server, OPENAI_API_KEY: SECRETS.server },
  });
  const bin = await installHolders(home, 'mysql', 'psql', 'tool', 'curl');
  const claude = installFakeClaude(home.home, 'binary');
  const folder = join(home.home, '.claude');
  await mkdir(folder, { recursive: true });
  // What the tool tells its hooks has more in it than what is wanted.
  const hook = `sed 's/^{/{"api_key":"${SECRETS.hook}",/' | '${process.execPath}' '${PROGRAM}' hook claude`;
  const settings = {
    env: { ANTHROPIC_API_KEY: SECRETS.config },
    hooks: { SessionStart: [{ hooks: [{ type: 'command', command: hook }] }] },
  };
  await writeFile(join(folder, 'settings.json'), JSON.stringify(settings));
  await writeFile(join(folder, '.credentials.json'), JSON.stringify({ accessToken: SECRETS.config }));

  const agent = home.launch({ args: ['--verbose', 'agent', '--standalone'] });
  await home.waitState(agent, 'waiting');
  await home.begin('main', '-n', 'shell', '-e', `SESSION_SECRET=${SECRETS.session}`);
  const open = (name: string, ...command: readonly string[]): Promise<string> =>
    home.tmux('new-window', '-d', '-n', name, '-t', '=main:', '-e', `PANE_PASSWORD=${SECRETS.pane}`, ...command);
  await home.tmux('set-environment', '-g', 'DATABASE_URL', `postgres://me:${SECRETS.asked}@db/x`);
  await home.tmux('set-environment', '-g', 'PLAIN_WORD', 'beside-environment');
  await home.tmux('set-environment', '-g', 'GITHUB_TOKEN', SECRETS.asked);
  await open('mysql', join(bin, 'mysql'), '-u', 'beside-mysql', `-p${SECRETS.mysql}`);
  await open('psql', join(bin, 'psql'), `postgresql://beside-url:${SECRETS.url}@db/shop`);
  await open('tool', join(bin, 'tool'), '--name', 'beside-flag', '--api-key', SECRETS.flag);
  await open('curl', join(bin, 'curl'), 'beside-header', '-H', `Authorization: Bearer ${SECRETS.header}`);
  await open('line', `exec ${join(bin, 'tool')} 'beside line' --password '${SECRETS.line}' | cat`);
  await open('env', `DB_PASSWORD=${SECRETS.assignment} exec ${join(bin, 'tool')} beside-assignment`);
  await open('title', 'exec sh');
  await home.tmux('select-pane', '-t', '=main:title', '-T', `mysql -u beside-title -p${SECRETS.title}`);
  await open(
    'claude',
    ...[
      claude,
      '--add-dir',
      '/beside-agent',
      '--settings',
      JSON.stringify({ env: { ANTHROPIC_API_KEY: SECRETS.settings } }),
    ],
    ...['--append-system-prompt', `use ${SECRETS.apiKey}`, `deploy with ${SECRETS.prompt}`],
  );
  await home.saved('every program', ({ windows }) => {
    const kinds = windows.flatMap(({ panes }) => panes.map(({ program }) => program?.kind ?? '-'));
    return ['claude', 'repl', 'repl', 'listed'].every(
      (kind) => kinds.splice(kinds.indexOf(kind), kinds.includes(kind) ? 1 : 0).length > 0,
    );
  });
  await home.tmux('send-keys', '-t', '=main:claude', 'hello', 'Enter');
  const records = join(home.home, '.local/state/tmux-persist/agents');
  await waitFor('the record of the hook', async () =>
    (await readdir(records).catch(() => [])).some((name) => name.endsWith('.json')),
  );

  const said: string[] = [];
  const commands = [
    ['save'],
    ['status'],
    ['status', '--json'],
    ['show'],
    ['show', '--json'],
    ['history'],
    ['restore', '--dry-run'],
  ];
  const sayAll = async (): Promise<void> => {
    for (const command of commands) {
      const { stdout, stderr } = await home.run(command);
      said.push(stdout, stderr);
    }
  };
  await sayAll();
  const server = await home.serverPid();
  await home.killServer(server);
  await waitFor(
    'the restored windows',
    async () => {
      const names = await home.tmux('list-windows', '-t', '=main', '-F', '#{window_name}').catch(() => '');
      return names.split('\n').length === 9 && (await home.serverPid()) !== server;
    },
    30_000,
  );
  await home.waitState(agent, 'watching');
  await sayAll();
  // What the restored panes show was put there by us: no scrollback is kept.
  const panes = (await home.tmux('list-panes', '-s', '-t', '=main', '-F', '#{pane_id}')).split('\n');
  const shown: string[] = [];
  for (const pane of panes) shown.push(await home.tmux('capture-pane', '-p', '-J', '-S', '-', '-t', pane));
  said.push(...shown, await home.tmux('list-panes', '-s', '-t', '=main', '-F', '#{pane_start_command} #{pane_title}'));
  assert.equal(await agent.end('SIGTERM'), 0, agent.log());

  const written = [await everythingBelow(join(home.home, '.local/state/tmux-persist')), agent.log(), ...said].join(
    '\n',
  );
  const leaked = Object.entries(SECRETS).filter(([, secret]) => written.includes(secret));
  const around = leaked.map(
    ([name, secret]) =>
      `${name}: ${written.slice(Math.max(0, written.indexOf(secret) - 300), written.indexOf(secret) + 60)}`,
  );
  assert.deepEqual(around, []);
  for (const beside of ['mysql', 'url', 'flag', 'header', 'line', 'assignment', 'title', 'environment', 'agent'])
    assert.match(written, new RegExp(`beside[- ]${beside}`), beside);
});
