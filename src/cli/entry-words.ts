/**
 * How and when a saved session came to wait for a restore, in words.
 */
import type { ForgottenSession } from '../model/report.js';
import { ago } from './output.js';

/** Returns the words, such as `closed by kill-server 2 min ago`. */
export function entryWords(how: ForgottenSession['how'], at: string): string {
  const when = ago(at);
  return {
    saved: `open until its server ended, saved ${when}`,
    lost: `lost ${when}`,
    closing: `gone ${when}, counts as closed after half a minute`,
    failed: `could not be restored ${when}`,
    skipped: `left alone by a restore ${when}`,
    imported: `imported ${when}`,
    'kill-session': `closed ${when}`,
    'kill-server': `closed by kill-server ${when}`,
  }[how];
}
