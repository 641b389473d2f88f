/**
 * What one program family has to say: how it is recognised, which conversation a process holds, and with which words it comes back.
 * A family is one small file of data and pure functions; finding processes, judging and starting are the same for all of them.
 */
import type { Conversation, Program } from '../model/manifest.js';
import type { Text } from '../model/text.js';
import type { FileView } from './file-view.js';
import type { FlagTable } from './flags.js';
import type { HookRecord } from './hooks/hook-records.js';
import type { ProcessInfo, ProcessView } from './process-view.js';

/** When a program starts: at its turn, when its pane is first looked at, when its user presses Enter, or not at all. */
export type Mode = Program['mode'];

/** A command line that runs a program of a family. */
export interface Command {
  /** The interpreter of a program that is a script, as it was called, or null for a binary. */
  readonly interpreter: Text | null;
  /** The script, when there is an interpreter. */
  readonly script: Text | null;
  /** What follows the program or script. */
  readonly args: readonly Text[];
}

/** What the arguments say. */
export interface Reading {
  /** The words to pass again, in their order. */
  readonly kept: readonly Text[];
  /** The conversation that the arguments begin with, if they name one. */
  readonly startId: string | null;
  /** Whether the process went on in a copy of that conversation, so that the id is only the parent's. */
  readonly fork: boolean;
}

/** A process of a family in a pane. */
export interface Held {
  readonly paneId: string;
  readonly info: ProcessInfo;
  readonly command: Command;
  readonly reading: Reading;
  readonly environment: ReadonlyMap<string, Text> | null;
}

/** Which conversation a process holds, null when it has none that could be resumed, and the directory to resume it in. */
export interface Identity {
  readonly conversation: Conversation | null;
  readonly cwd: Text;
}

/** What identification may look at beside the processes themselves. */
export interface Around {
  readonly home: string;
  /** When the machine started, in ms since the epoch. */
  readonly bootMs: number;
  /** In ms since the epoch. */
  readonly now: number;
  readonly view: ProcessView;
  readonly files: FileView;
  /** What agents told our hooks, of living processes only. */
  readonly records: readonly HookRecord[];
  /** Returns the conversation that the same process had in the previous snapshot, or null. */
  readonly previous: (pid: number, startTime: string) => Conversation | null;
  /** Returns whether a process that was there at a time, in ms since the epoch, was seen for sure with a conversation then or later. */
  readonly heldAt: (id: string, at: number) => boolean;
}

/** Where a conversation was found; null for the directory when that is gone. */
export interface Place {
  readonly cwd: Text | null;
}

/** What the search for a saved conversation may look at. */
export interface Preflight {
  readonly home: string;
  readonly files: FileView;
}

/** What a family with conversations adds. */
export interface Conversations {
  /** The only form of an id that is ever used. */
  readonly validId: RegExp;
  /** Returns the identity of each process, in their order. They are judged together: what one holds explains a doubt about another. */
  identify(held: readonly Held[], around: Around): readonly Identity[];
  /** Returns where a saved conversation is to be resumed, or null when it is not there any more. */
  find(program: Program, id: string, preflight: Preflight): Place | null;
  /** Returns the words that resume a conversation, with the kept ones where the program wants them. */
  resume(id: string, kept: readonly Text[]): readonly Text[];
  /** Returns the words that open a copy of a conversation, or null where the program knows none. */
  fork: ((id: string, kept: readonly Text[]) => readonly Text[]) | null;
}

/** A program family. */
export interface Family {
  /** What manifests and options call it. */
  readonly kind: string;
  /** The mode of a sure one. */
  readonly mode: Mode;
  /** The names to search in the saved PATH when it was not called by an absolute path that is still there; the first one found runs. Empty: the name it was called by. */
  readonly names: readonly string[];
  /** The variables that are saved with it and set again, beside PATH; no name here may ever be that of a secret. */
  readonly variables: readonly string[];
  /** The flags that it knows: what stands behind one is its value and not a word of its own. Null where that needs no telling. */
  readonly flags: FlagTable | null;
  /** Returns how a command line runs it, or null when it is something else. */
  recognise(argv: readonly Text[], exe: Text | null): Command | null;
  /** Returns what its arguments say, or null when such a process holds nothing in its pane that could come back. */
  read(args: readonly Text[]): Reading | null;
  /** Null for a program that simply starts again. */
  readonly conversations: Conversations | null;
}
