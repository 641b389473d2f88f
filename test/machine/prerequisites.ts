/**
 * What a host needs to boot real machines. A host that lacks something fails the machine tests by name:
 * a test that was silently left out proves nothing.
 */
import { accessSync, constants } from 'node:fs';
import path from 'node:path';

/** Set to 1 where machines can't be booted: the machine tests are then reported as skipped, with this reason. */
export const SKIP_VARIABLE = 'TMUX_PERSIST_SKIP_MACHINES';

/** Each tool that the harness runs, with the Debian package that holds it. */
const TOOLS = {
  'systemd-nspawn': 'systemd-container',
  debootstrap: 'debootstrap',
  nsenter: 'util-linux',
  setpriv: 'util-linux',
  unshare: 'util-linux',
} as const;

/** Returns why the machine tests are to be skipped, or null when they are to run. */
export function skipReason(): string | null {
  return process.env[SKIP_VARIABLE] === '1' ? `${SKIP_VARIABLE}=1 is set` : null;
}

/** Returns what this host lacks, a phrase each; nothing when machines can be booted. */
export function missingPrerequisites(): readonly string[] {
  if (process.platform !== 'linux') return [`Linux (this is ${process.platform})`];
  const missing = Object.entries(TOOLS)
    .filter(([tool]) => !isOnPath(tool))
    .map(([tool, debianPackage]) => `${tool} (Debian package ${debianPackage})`);
  return process.getuid?.() === 0 ? missing : ['root (systemd-nspawn and debootstrap need it)', ...missing];
}

/** Throws with the names of all that is missing and the two ways out. */
export function requirePrerequisites(): void {
  const missing = missingPrerequisites();
  if (missing.length === 0) return;
  throw new Error(
    `machine tests need ${missing.join(', ')}; ` +
      `as root, 'sh test/machine/prepare.sh' installs the packages; ${SKIP_VARIABLE}=1 leaves these tests out`,
  );
}

function isOnPath(tool: string): boolean {
  // Where debootstrap lives is not on every PATH.
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/sbin'];
  return folders.some((folder) => {
    try {
      accessSync(path.join(folder, tool), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
