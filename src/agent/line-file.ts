/**
 * Keeps the file that tmux's status line is made of (model/status-line.ts). It is written when it says something new, and never at a mere
 * look: how old the saved state is tells the time of `checked`.
 */
import { lineNoteText } from '../model/status-line.js';
import { statusProblems } from '../model/status-problems.js';
import type { AgentState, Problem } from '../model/report.js';
import { ownIdentity } from '../store/process-identity.js';
import { placementOf } from '../systemd/cgroup.js';
import { isLingeringHere } from '../systemd/system-files.js';
import type { Saver } from './saver.js';

/** What the line depends on beside the saved state. */
export interface LineParts {
  readonly saver: Saver;
  /** Whether systemd started us: then it also ends us with our user's last login. */
  readonly isUnit: boolean;
  readonly serverPid: () => number | null;
}

/** Writes the line of one agent. */
export class LineFile {
  readonly #parts: LineParts;
  readonly #identity = ownIdentity();
  #state: AgentState = 'starting';
  #since = 0;
  #problems: readonly Problem[] = [];
  #written = '';
  #writing = Promise.resolve();

  constructor(parts: LineParts) {
    this.#parts = parts;
  }

  /** Takes note of what the agent does and sees. */
  changed(state: AgentState, problems: readonly Problem[]): void {
    if (state !== this.#state || this.#since === 0) this.#since = Math.floor(Date.now() / 1000);
    this.#state = state;
    this.#problems = problems;
    // Its folder may have been removed under us.
    this.#written = '';
    this.saved();
  }

  /** Takes note that there may be another saved state. */
  saved(): void {
    // One after the other: of two writes at once the older may get the name last.
    this.#writing = this.#writing.then(() => this.#write());
  }

  async #write(): Promise<void> {
    const text = this.#text();
    if (text === this.#written) return;
    this.#written = text;
    const written = await this.#parts.saver.store.writeNote('status-line', text);
    if (!written.ok) this.#written = '';
  }

  #text(): string {
    const { saver, isUnit, serverPid } = this.#parts;
    // Whoever reads the state sets aside what is damaged, and a line is no reason for that.
    const manifest = saver.last.known;
    const pid = serverPid();
    const sessions = manifest?.sessions.length ?? 0;
    const standing = {
      agent: { running: true, pid: this.#identity.pid },
      server: pid === null ? null : { sessions, unit: placementOf(pid).unit },
      manifest: null,
      lingering: isUnit ? isLingeringHere() : null,
    };
    const codes = [...this.#problems, ...statusProblems(standing, manifest)].map(({ code }) => code);
    const [state, since] = [this.#state, this.#since];
    return lineNoteText({ ...this.#identity, state, since, sessions, problems: new Set(codes).size });
  }
}
