/**
 * Which boots this machine had, by its own journal: what a boot of it wrote is its own, whatever it was called then. Only a yes proves
 * anything: the journal may be kept in memory alone, or closed to this user.
 */
import { execFile } from 'node:child_process';

/** journalctl opens every file that there is. */
const WITHIN_MS = 5000;

/** Returns whether this machine's journal holds an entry of a boot, by the boot's id as the kernel writes it. */
export function isBootOfJournal(bootId: string): Promise<boolean> {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(bootId)) return Promise.resolve(false);
  const args = ['--quiet', '--no-pager', '--lines=1', '--output=cat', '--output-fields=_BOOT_ID'];
  const match = `_BOOT_ID=${bootId.replaceAll('-', '')}`;
  return new Promise((resolve) => {
    execFile('journalctl', [...args, match], { timeout: WITHIN_MS, killSignal: 'SIGKILL' }, (error, stdout) => {
      resolve(error === null && stdout.trim() !== '');
    });
  });
}
