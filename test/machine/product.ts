/**
 * tmux-persist in a machine, installed and asked as a user does it: `make install` and the command line.
 * What is on disk is read by the paths and the format of the contract, not by asking the program.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseManifest, type Manifest } from '../../src/model/manifest.js';
import type { Check, DoctorReport } from '../../src/model/doctor.js';
import type { StatusReport } from '../../src/model/report.js';
import type { Machine, User } from './machine.js';

/** Where the built tree lies in a machine. */
const INSIDE = '/opt/tmux-persist';

/** What a user needs of the built tree to install it. */
const PARTS = ['Makefile', 'package.json', 'dist', 'units'];

/** Copies the built tree of this checkout into the machine; rejects where it is not built. */
export async function copyProduct(machine: Machine): Promise<void> {
  const checkout = checkoutFolder();
  await machine.run(['mkdir', '-p', INSIDE]);
  for (const part of PARTS) {
    const source = path.join(checkout, part);
    if (!existsSync(source))
      throw new Error(`the machine tests install what 'make build' makes; '${source}' is missing`);
    await machine.copyIn(source, path.join(INSIDE, part));
  }
}

/** Installs for one user with `make install` and returns what it prints; with `enable: false` nothing is enabled or started. */
export async function installFor(machine: Machine, user: User, { enable = true } = {}): Promise<string> {
  const variables = enable ? [] : ['ENABLE=no'];
  const install = ['make', '-C', INSIDE, 'install', ...variables];
  const { code, stdout, stderr } = await machine.tryRun(install, { user, timeoutMs: 60_000 });
  const journal = ['journalctl', '--no-pager', '--lines=40', '--output=short-precise', `_UID=${user.uid}`];
  if (code !== 0) throw new Error(`make install failed:\n${stdout}${stderr}${(await machine.tryRun(journal)).stdout}`);
  return stdout.replace(/\n$/, '');
}

/** Returns all that lies below a folder of the user's: path, kind, mode, target of a link, and the bytes of files; without what is saved. */
export async function listingOf(machine: Machine, user: User, folder = user.home): Promise<readonly string[]> {
  const find = ['find', '.', '-path', './.local/state', '-prune', '-o'];
  const entries = await machine.run([...find, '-printf', '%P %y %m %l\\n'], { user, cwd: folder });
  const sums = await machine.run([...find, '-type', 'f', '-exec', 'sha256sum', '{}', '+'], { user, cwd: folder });
  return [...entries.split('\n'), ...sums.split('\n')].filter((line) => line !== '').sort();
}

/** Returns what `tmux-persist status --json` prints for the user. */
export async function statusOf(machine: Machine, user: User): Promise<StatusReport> {
  return JSON.parse(await machine.run(['tmux-persist', 'status', '--json'], { user })) as StatusReport;
}

/** Returns what `tmux-persist doctor --json` says of one thing. */
export async function checkOf(machine: Machine, user: User, id: string): Promise<Check> {
  const { stdout } = await machine.tryRun(['tmux-persist', 'doctor', '--json'], { user });
  const check = (JSON.parse(stdout) as DoctorReport).checks.find((one) => one.id === id);
  assert.ok(check !== undefined, `${id}: ${stdout}`);
  return check;
}

/** Returns the path of the user's manifest for tmux's default socket. */
export function manifestPath(machine: Machine, user: User): string {
  return path.join(user.home, '.local/state/tmux-persist', machine.name, 'default/manifest.json');
}

/** Returns the user's manifest as it lies on disk; rejects when it is missing or not of the format. */
export async function manifestOf(machine: Machine, user: User): Promise<Manifest> {
  const file = manifestPath(machine, user);
  const parsed = parseManifest(await machine.run(['cat', file], { user }), file);
  assert(parsed.ok, JSON.stringify(parsed));
  return parsed.value;
}

/** Returns the status as soon as its last loss is of one of the causes. */
export async function waitForLoss(machine: Machine, user: User, causes: readonly string[]): Promise<StatusReport> {
  return machine.waitFor(`a loss of cause ${causes.join(' or ')}`, async () => {
    const status = await statusOf(machine, user);
    assert(causes.includes(status.lastLoss?.cause ?? 'none'), `lastLoss is ${JSON.stringify(status.lastLoss)}`);
    return status;
  });
}

/** Returns the checkout that these tests were compiled from: the folder above with the package's own manifest, else where they are run. */
export function checkoutFolder(): string {
  const here = path.dirname(fileURLToPath(import.meta.url));
  for (let folder = here; folder !== path.dirname(folder); folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, 'Makefile'))) return folder;
  }
  return process.cwd();
}
