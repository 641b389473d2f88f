/**
 * The pristine Debian roots that the machines run on: debootstrapped once a suite, then cached.
 * A root gets its final name only when it is complete, so an interrupted build is never taken for one.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { execute } from './execute.js';

/** The least that makes a machine with user managers, session buses, tmux and `make install`. */
const PACKAGES = [
  'systemd',
  'systemd-sysv',
  'dbus',
  'dbus-user-session',
  'libpam-systemd',
  'polkitd',
  'tmux',
  'procps',
  'make',
  // Marks a cgroup as systemd-oomd does.
  'attr',
  'earlyoom',
  // The host's node is bound into the machine and links it.
  'libstdc++6',
];

/** What one suite has besides, each with a service of that name. Debian 12 has no ttyd, and its page is the same everywhere. */
const SERVICES: Readonly<Record<string, readonly string[]>> = { sid: ['ttyd'] };

/** What a test starts by itself: left to its own, it would kill for the host's want of memory. */
const MASKED = ['earlyoom.service'];

const STAMP = 'etc/tmux-persist-machine';
const BUILD_DEADLINE_MS = 10 * 60_000;

/** Returns the suites to test: the words of $MACHINES; when it is not set Debian 12, 13 and unstable, which have tmux 3.3a, 3.5a and the newest. */
export function suites(): readonly string[] {
  const named = (process.env['MACHINES'] ?? '').split(/\s+/).filter((word) => word !== '');
  return named.length > 0 ? named : ['bookworm', 'trixie', 'sid'];
}

/** Returns the path of a suite's pristine root, built first where it is missing or of another package list; rejects with debootstrap's words when that failed twice. */
export async function machineRoot(suite: string): Promise<string> {
  const folder = path.join(process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'tmux-persist', 'machines');
  const root = path.join(folder, [suite, ...(SERVICES[suite] ?? [])].join('+'));
  const stamp = createHash('sha256')
    .update([suite, ...packagesIn(suite), ...maskedIn(suite)].join('\n'))
    .digest('hex');
  if ((await stampOf(root)) === stamp) return root;
  await mkdir(folder, { recursive: true });
  await sweepUnfinished(folder);
  const building = path.join(folder, `${suite}.building-${process.pid}`);
  try {
    await debootstrap(suite, building);
    for (const unit of maskedIn(suite)) await symlink('/dev/null', path.join(building, 'etc/systemd/system', unit));
    await writeFile(path.join(building, STAMP), stamp);
    await replaceRoot(building, root, stamp);
  } finally {
    await rm(building, { recursive: true, force: true });
  }
  return root;
}

/** What a root holds, as the programs themselves say it: `3.3a` and `252`. */
export interface Versions {
  readonly tmux: string;
  readonly systemd: string;
}

/** Returns the versions inside a root. */
export function versionsOf(root: string): Versions {
  const word = (...argv: string[]): string =>
    execFileSync('chroot', [root, ...argv], { encoding: 'utf8' }).split(/\s+/)[1] ?? '?';
  return { tmux: word('tmux', '-V'), systemd: word('systemctl', '--version') };
}

function packagesIn(suite: string): readonly string[] {
  return [...PACKAGES, ...(SERVICES[suite] ?? [])];
}

function maskedIn(suite: string): readonly string[] {
  return [...MASKED, ...(SERVICES[suite] ?? []).map((name) => `${name}.service`)];
}

async function stampOf(root: string): Promise<string | null> {
  return readFile(path.join(root, STAMP), 'utf8').catch(() => null);
}

async function replaceRoot(building: string, root: string, stamp: string): Promise<void> {
  const outdated = `${root}.outdated-${process.pid}`;
  try {
    // Another test file may have finished the same build meanwhile.
    if ((await stampOf(root)) === stamp) return;
    await rename(root, outdated).catch(() => undefined);
    await rename(building, root);
  } finally {
    await rm(outdated, { recursive: true, force: true });
  }
}

/** Removes what builders that no longer live left behind. */
async function sweepUnfinished(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const builder = /\.(?:building|outdated)-(\d+)$/.exec(name)?.[1];
    if (builder !== undefined && !isAlive(Number(builder))) {
      await rm(path.join(folder, name), { recursive: true, force: true });
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** A mirror in mid-update or a broken connection is worth a second try; what fails twice is told. */
async function debootstrap(suite: string, target: string): Promise<void> {
  const mirror = await aptMirror();
  process.stderr.write(`building the ${suite} machine root from ${mirror} (once, about a minute)\n`);
  const first = await tryDebootstrap(suite, target, mirror);
  if (first === null) return;
  process.stderr.write(`that failed, and is tried once more:\n${first}\n`);
  await rm(target, { recursive: true, force: true });
  const second = await tryDebootstrap(suite, target, mirror);
  if (second !== null) throw new Error(`the ${suite} machine root could not be built from ${mirror}:\n${second}`);
}

/** Returns null when the root was built, else the last words of debootstrap and of the package that it stopped at. */
async function tryDebootstrap(suite: string, target: string, mirror: string): Promise<string | null> {
  const argv = [
    // What debootstrap mounts and runs goes when it ends or this process does.
    ...['setpriv', '--pdeathsig', 'KILL'],
    ...['unshare', '--mount', '--pid', '--mount-proc', '--fork', '--kill-child'],
    ...['env', `PATH=${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`, 'DEBIAN_FRONTEND=noninteractive'],
    ...['debootstrap', '--variant=minbase', `--include=${packagesIn(suite).join(',')}`, suite, target, mirror],
  ];
  const tail = (text: string): string => text.trimEnd().split('\n').slice(-12).join('\n');
  try {
    const { code, stdout, stderr } = await execute(argv, { timeoutMs: BUILD_DEADLINE_MS });
    if (code === 0) return null;
    const log = await readFile(path.join(target, 'debootstrap/debootstrap.log'), 'utf8').catch(() => '');
    return tail(stdout + stderr) + (log === '' ? '' : `\ndebootstrap.log:\n${tail(log)}`);
  } catch (error) {
    return tail(error instanceof Error ? error.message : String(error));
  }
}

/** Returns the mirror that the host's own release comes from: the first of its apt sources with that suite, else the first of all. */
async function aptMirror(): Promise<string> {
  const release = await readFile('/etc/os-release', 'utf8');
  const codename = /^VERSION_CODENAME=(\S+)$/m.exec(release)?.[1];
  const sources = await aptSources();
  const found = sources.find((source) => source.suites.includes(codename ?? '')) ?? sources[0];
  if (found === undefined) throw new Error('the apt sources of this host name no mirror to build machine roots from');
  return found.uri;
}

/** Returns the binary package sources of apt, of both file formats (sources.list(5)). */
async function aptSources(): Promise<readonly { readonly uri: string; readonly suites: readonly string[] }[]> {
  const folder = '/etc/apt/sources.list.d';
  const names = (await readdir(folder).catch(() => [])).sort().map((name) => path.join(folder, name));
  const files = ['/etc/apt/sources.list', ...names];
  const texts = await Promise.all(
    files.map(async (file) => ({ file, text: await readFile(file, 'utf8').catch(() => '') })),
  );
  return texts.flatMap(({ file, text }) => (file.endsWith('.sources') ? deb822Sources(text) : oneLineSources(text)));
}

function oneLineSources(text: string): { uri: string; suites: string[] }[] {
  return [...text.matchAll(/^deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)/gm)].map(([, uri = '', suite = '']) => ({
    uri,
    suites: [suite],
  }));
}

function deb822Sources(text: string): { uri: string; suites: string[] }[] {
  const words = (stanza: string, field: string): string[] =>
    (new RegExp(`^${field}:(.*)$`, 'im').exec(stanza)?.[1] ?? '').split(/\s+/).filter((word) => word !== '');
  return text
    .split(/\n\s*\n/)
    .filter((stanza) => words(stanza, 'Types').includes('deb'))
    .flatMap((stanza) => words(stanza, 'URIs').map((uri) => ({ uri, suites: words(stanza, 'Suites') })));
}
