/**
 * Tells the next client that attaches what a restore brought back (model/greeting.ts): once, and also when an agent was started again in
 * between. It asks who is attached only while there is something to say and a look showed that somebody was.
 */
import { greetingOf, type Greeting } from '../model/greeting.js';
import type { Snapshot } from '../model/snapshot.js';
import { attachedClients, showMessage } from '../tmux/clients.js';
import type { TmuxTarget } from '../tmux/exec.js';
import type { PresentServer } from './identify-server.js';
import type { Saver } from './saver.js';

/** How long the message stands, in ms, unless its reader presses a key. */
const SHOWN_FOR_MS = 10_000;

/** Greets the clients of one server at a time. */
export class Greeter {
  readonly #saver: Saver;
  #greeting: Greeting | null = null;

  constructor(saver: Saver) {
    this.#saver = saver;
  }

  /** Learns whether there is something to say on this server: when it is met, and when something was restored into it. */
  async expect(server: PresentServer): Promise<void> {
    const { store, context } = this.#saver;
    const [journal, told] = [await store.readJournal(), await store.readNote('told')];
    const identity = { ...server, bootId: context.bootId };
    const place = { server: identity, told: told?.trim() ?? null, now: Date.now() };
    this.#greeting = journal.ok ? greetingOf(journal.value, place) : null;
  }

  /** Says it, if there is somebody to say it to. */
  async notice(target: TmuxTarget, sessions: Snapshot['sessions']): Promise<void> {
    const greeting = this.#greeting;
    if (greeting === null || sessions.every(({ lastAttachedAt }) => lastAttachedAt === null)) return;
    const clients = await attachedClients(target);
    const [first] = clients.ok ? clients.value : [];
    if (first === undefined) return;
    const shown = await showMessage(target, first, { text: greeting.text, forMs: SHOWN_FOR_MS });
    // A tmux that can't show it will not be able to later.
    this.#greeting = null;
    if (shown.ok) await this.#saver.store.writeNote('told', `${greeting.at}\n`);
  }

  /** Forgets the server. */
  stop(): void {
    this.#greeting = null;
  }
}
