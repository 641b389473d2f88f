/**
 * The promise behind all rules of lineage (P3): whatever happens, in whatever order, nothing that was saved is let go of
 * without having been restored, or being kept elsewhere. Random lives of servers; the seed is in each failure.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { entryKey } from '../../src/model/candidates.js';
import { closeServer, settleClosings } from '../../src/model/closing.js';
import { judge, nameKey, type Look, type State } from '../../src/model/lineage.js';
import { parseManifest, type Manifest, type Session, type Window } from '../../src/model/manifest.js';
import {
  aLook,
  aManifest,
  aPane,
  aProgram,
  aServer,
  aSession,
  aWindow,
  at,
  circumstances,
  someContents,
} from '../support/builders.js';
import { seededRandom } from '../support/nasty-text.js';

interface Whole {
  readonly session: Session;
  readonly windows: readonly Window[];
}

const wholes = ({ sessions, windows }: Pick<State, 'sessions' | 'windows'>): Whole[] =>
  sessions.map((session) => ({ session, windows }));
const kept = (state: State): Whole[] => [...wholes(state), ...state.pending, ...state.closed];

/** Returns what a user would miss of a session, in the order of its windows. */
const worth = ({ session, windows }: Whole) =>
  session.windows.flatMap((link) =>
    (windows.find((window) => window.id === link.windowId)?.panes ?? []).map(({ currentPath, program, contents }) => ({
      place: JSON.stringify([session.name, link.index, currentPath]),
      program: JSON.stringify(program),
      contents: contents?.sha256 ?? 'null',
    })),
  );

/** Whether `other` has all that a user would miss of `whole`. */
const hasAll = (other: Whole, whole: Whole): boolean => {
  const theirs = worth(other);
  const own = worth(whole);
  return (
    theirs.length === own.length &&
    own.every(
      ({ place, program, contents }, at) =>
        theirs[at]?.place === place &&
        (program === 'null' || theirs[at].program === program) &&
        (contents === 'null' || theirs[at].contents === contents),
    )
  );
};

/** A random life of servers, one event after the other. */
class Life {
  readonly #random: () => number;
  #manifest = aManifest({ sessions: [] });
  #pid = 100;
  #seconds = 2000;
  #serial = 0;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  /** Lets something happen, and checks that nothing was lost by it. */
  step(): void {
    this.#seconds += 1 + this.#below(90);
    const event = this.#random();
    if (event < 0.1) this.#settle();
    else if (event < 0.15) this.#replace(closeServer(this.#manifest, at(this.#seconds)), new Set());
    else this.#look(event < 0.4);
  }

  /** Checks that what came of it all can be read back. */
  end(): void {
    assert.ok(parseManifest(JSON.stringify(this.#manifest), 'manifest.json').ok);
  }

  #look(isNewServer: boolean): void {
    if (isNewServer) this.#pid++;
    const previous = this.#manifest;
    const look = this.#lookAt(isNewServer);
    const { restored, unrestored } = this.#restore(previous, look);
    const verdict = judge(
      previous,
      look,
      circumstances({
        restoreIsDue: this.#random() < 0.1,
        oomNear: this.#random() < 0.2,
        serverAgeMs: this.#random() < 0.5 ? 1000 : 3_600_000,
        restored,
        unrestored,
      }),
    );
    if (verdict.kind === 'equal') {
      assert.equal(look.sessions.length, previous.sessions.length);
    } else if (verdict.kind === 'replace') {
      for (const { id } of verdict.lost) assert.ok(verdict.state.pending.some(({ session }) => session.id === id));
      this.#replace(verdict.state, restored);
    }
  }

  #settle(): void {
    const closing = this.#manifest.pending.filter(() => this.#random() < 0.7);
    const keys = new Set(closing.map((entry) => entryKey('pending', entry.since, entry.session)));
    const settlement = this.#random() < 0.5 ? 'closed' : 'lost';
    this.#replace(settleClosings(this.#manifest, keys, settlement, at(this.#seconds)), new Set());
  }

  #replace(state: State, restored: ReadonlySet<string>): void {
    const before = this.#manifest;
    const names = new Set(state.sessions.map(({ name }) => JSON.stringify(name)));
    const known: [key: string, whole: Whole][] = [
      ...wholes(before).map((whole): [string, Whole] => [`saved/${whole.session.id}`, whole]),
      ...before.pending.map((entry): [string, Whole] => [entryKey('pending', entry.since, entry.session), entry]),
      ...before.closed.map((entry): [string, Whole] => [entryKey('closed', entry.closedAt, entry.session), entry]),
    ];
    for (const [key, whole] of known) {
      const isBack = restored.has(key) && names.has(JSON.stringify(whole.session.name));
      const lives =
        state.server?.pid === before.server?.pid && state.sessions.some((live) => live.id === whole.session.id);
      const isKept = kept(state).some((other) => hasAll(other, whole));
      assert.ok(isBack || lives || isKept, `${key} is gone at ${at(this.#seconds)}`);
    }
    this.#manifest = aManifest({
      ...(state as Partial<Manifest>),
      sessions: [...state.sessions],
      windows: [...state.windows],
      pending: [...state.pending],
      closed: [...state.closed],
      savedAt: at(this.#seconds),
    });
  }

  /** Some sessions stay where the server does, some are new; what is in their windows is one of few things. */
  #lookAt(isNewServer: boolean): Look {
    const old = isNewServer ? [] : wholes(this.#manifest).filter(() => this.#random() < 0.8);
    const taken = new Set(old.map(({ session }) => session.name));
    const fresh = Array.from({ length: this.#below(3) }, () => this.#newSession()).filter(({ session }) => {
      const isFree = !taken.has(session.name);
      taken.add(session.name);
      return isFree;
    });
    const all = [...old, ...fresh];
    const ids = new Set(all.flatMap(({ session }) => session.windows.map((link) => link.windowId)));
    return aLook({
      server: aServer({ pid: this.#pid }),
      takenAt: at(this.#seconds),
      sessions: all.map(({ session }) => session),
      windows: [...new Map(all.flatMap(({ windows }) => windows).map((window) => [window.id, window])).values()].filter(
        ({ id }) => ids.has(id),
      ),
    });
  }

  #newSession(): Whole {
    const number = ++this.#serial;
    const pane = aPane(number, {
      currentPath: `/home/${this.#below(2)}`,
      program: this.#random() < 0.3 ? aProgram({ argv: ['vim', `${this.#below(2)}`] }) : null,
      contents: this.#random() < 0.5 ? someContents(this.#below(3)) : null,
    });
    const session = aSession(number, { name: `name-${this.#below(4)}`, createdAt: at(this.#seconds) });
    return { session, windows: [aWindow(number, { panes: [pane] })] };
  }

  /** What a restore says it did is one thing, what the look shows of it another. */
  #restore(previous: Manifest, look: Look) {
    const restored = new Set<string>();
    const unrestored = new Map<string, 'failed' | 'skipped'>();
    const keys = [
      ...previous.sessions.map((session) => `saved/${session.id}`),
      ...previous.pending.map(({ since, session }) => entryKey('pending', since, session)),
      ...previous.closed.map(({ closedAt, session }) => entryKey('closed', closedAt, session)),
    ];
    for (const key of keys) if (this.#random() < 0.1) restored.add(key);
    for (const session of [...previous.sessions, ...look.sessions])
      if (this.#random() < 0.2) unrestored.set(nameKey(session), this.#random() < 0.5 ? 'failed' : 'skipped');
    return { restored, unrestored };
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }
}

test('nothing saved is ever dropped: it lives, is pending, is closed, or was restored', () => {
  for (let seed = 1; seed <= 200; seed++) {
    const life = new Life(seed);
    for (let step = 1; step <= 40; step++) {
      try {
        life.step();
      } catch (error) {
        throw new Error(`seed ${seed}, step ${step}`, { cause: error });
      }
    }
    life.end();
  }
});
