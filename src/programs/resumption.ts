/**
 * What is to happen in a pane whose program is restored. Data only: resume.ts decides it, launcher.ts carries it out.
 */
import type { Text } from '../model/text.js';

/** What is to happen in one pane. */
export interface Resumption {
  /**
   * Start the program at its turn (auto), when its pane is first looked at (view), or when the user presses Enter there (offer);
   * or leave the user's shell with a line that says what was there.
   */
  readonly action: 'auto' | 'view' | 'offer' | 'shell';
  /** The full argument vector to run, beginning with an absolute path; empty for a shell. */
  readonly argv: readonly Text[];
  /** Variables to set for the program. */
  readonly env: Readonly<Record<string, Text>>;
  /** Variables to take out of the pane's environment. */
  readonly unset: readonly string[];
  readonly cwd: Text;
  /** One line for the pane, without control characters, or null. */
  readonly notice: string | null;
  /** What it counts as in a report. */
  readonly counts: 'resumed' | 'offered' | 'missing' | 'none';
}
