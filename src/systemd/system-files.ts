/**
 * What systemd keeps in files that anybody may look at: who lingers, and whose journal can be read. It works without a bus.
 */
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { fail, ok } from '../model/failure.js';
import type { Found } from '../model/doctor.js';

/** Returns whether a user's manager runs from boot on and without a login (loginctl(1), enable-linger: a file of that name). */
export function isLingering(user: string, root = '/'): Found<boolean> {
  const folder = join(root, 'var/lib/systemd/linger');
  if (existsSync(join(folder, user))) return ok(true);
  return existsSync(join(root, 'run/systemd/system')) ? ok(false) : fail('systemd does not run this machine');
}

/** Returns whether this user's manager does so; null where systemd has no say. */
export function isLingeringHere(): boolean | null {
  const found = isLingering(userName());
  return found.ok ? found.value : null;
}

/** Returns whether this user has a manager: its own socket stands in the runtime folder (systemd 252, src/core/dbus.c: `systemd/private`). */
export function hasUserManager({
  XDG_RUNTIME_DIR: folder = '',
}: Readonly<Record<string, string | undefined>>): boolean {
  return existsSync(join(folder === '' ? `/run/user/${String(process.getuid?.() ?? 0)}` : folder, 'systemd/private'));
}

/** Returns the name of this user; a uid without an entry in the passwd file has none, and stands for itself. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 0);
  }
}

/** Returns whether the system's own journal can be read, by whatever group or access list; `root` is where its folders begin. */
export function canReadJournal(root = '/'): Found<boolean> {
  const files = ['var/log/journal', 'run/log/journal'].flatMap((folder) => journalsIn(join(root, folder)));
  if (files.length === 0) return fail('there is no system journal');
  return ok(files.some(isReadable));
}

function journalsIn(folder: string): readonly string[] {
  return entriesOf(folder).flatMap((machine) =>
    entriesOf(join(folder, machine)).includes('system.journal') ? [join(folder, machine, 'system.journal')] : [],
  );
}

/** What is not there, is no folder, or is closed to us holds nothing for us. */
function entriesOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
