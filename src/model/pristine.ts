/**
 * Whether a live session is a pristine placeholder (R10): made by a client that reconnected or by tmux.conf, and used by
 * nobody. Everything must speak for it; one sign of use, or one thing unknown, and it is left alone.
 */
import { isBlank, isDrawnBefore, isFirstPrompt, type Screen } from './prompt.js';
import { sameText, type Text } from './text.js';

/** What tmux says of a session's pane. Times are in seconds since the epoch, as tmux has them. */
export interface PlaceholderView extends Screen {
  readonly panePid: number;
  readonly tty: string;
  readonly sessionWindows: number;
  readonly windowPanes: number;
  /** Whether other sessions show the window too. */
  readonly isShared: boolean;
  readonly startCommand: readonly Text[];
  readonly defaultCommand: Text;
  readonly created: number;
  /** When a client attached or a key was pressed last, else when it was created (session.c, session_update_activity). */
  readonly activity: number;
  /** Null for a session that no client was attached to. */
  readonly lastAttached: number | null;
  readonly historySize: number;
  /** The last rows that scrolled away. */
  readonly history: readonly string[];
  /** How many modes the pane is in, such as copy mode. */
  readonly modes: number;
  readonly alternateOn: boolean;
  readonly isDead: boolean;
  /** Whether its output goes to a command, pipe-pane. */
  readonly isPiped: boolean;
}

/** What the process table and the terminal say of the pane. */
export interface PaneProcess {
  /** The name of the executable that runs, null where it can't be read. */
  readonly executable: string | null;
  readonly children: number;
  /** Those of them with a process group of their own: what is typed at a prompt gets one, the helpers of start-up files share the shell's. */
  readonly jobs: number;
  /** When input was read from the terminal last, in seconds since the epoch, with a grain of 8 s (Linux, tty_update_time); null where it can't be read. */
  readonly readAt: number | null;
}

/** Everything a session is judged by. */
export interface PristineEvidence {
  readonly view: PlaceholderView;
  readonly process: PaneProcess;
  /** Seconds since the epoch. */
  readonly now: number;
}

/** How long a shell may be busy with its own start-up files, in seconds. */
const START_UP_S = 3;
/** Within so many seconds a shell may have asked its terminal something, and read the answer. */
const ANSWERS_S = 2;

const SHELLS = [
  ...['sh', 'bash', 'dash', 'ash', 'busybox', 'zsh', 'fish', 'ksh', 'ksh93', 'mksh', 'oksh', 'yash', 'tcsh', 'csh'],
  ...['nu', 'elvish'],
];

/** Returns whether nobody used the session yet. */
export const isPristine = (evidence: PristineEvidence): boolean =>
  evidence.view.sessionWindows === 1 && !evidence.view.isShared && isUnused(evidence);

/** Returns whether nobody used the window yet, whatever else its session holds and whoever joined that since. */
export const isUnused = (evidence: PristineEvidence): boolean =>
  isOnePane(evidence.view) && isIdleShell(evidence) && wasNotTouched(evidence) && showsNothing(evidence);

const isOnePane = (view: PlaceholderView): boolean => view.windowPanes === 1 && !view.isDead && !view.isPiped;

function isIdleShell({ view, process, now }: PristineEvidence): boolean {
  const [command, ...more] = view.startCommand;
  const isOrdinary = command === undefined || (more.length === 0 && sameText(command, view.defaultCommand));
  const isShell = process.executable !== null && SHELLS.includes(process.executable);
  // At a prompt nothing runs but what start-up files left behind, and on a blank screen only they can run.
  const isBusy = process.jobs > 0 || (process.children > 0 && isBlank(view) && now - view.created >= START_UP_S);
  return isOrdinary && isShell && !isBusy;
}

/** Nobody pressed a key in it, and nothing was sent to it. */
const wasNotTouched = ({ view, process }: PristineEvidence): boolean =>
  view.activity <= (view.lastAttached ?? view.created) &&
  (process.readAt === null || process.readAt <= view.created + ANSWERS_S);

function showsNothing({ view }: PristineEvidence): boolean {
  const isOrdinary = view.modes === 0 && !view.alternateOn && view.historySize === view.history.length;
  return isOrdinary && (isBlank(view) || isFirstPrompt(view)) && isDrawnBefore(view.history, view);
}
