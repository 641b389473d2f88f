/**
 * Judges what systemd does for us and to us: the user manager, our units, and what may end the server where it lives. Facts in, checks out.
 */
import { failed, judged, passed, warned, type Check, type Found } from './doctor.js';
import { DEFAULT_UNITS, installCommand, type UnitNames } from './unit-names.js';

/** What is known of one of our units. */
export interface UnitFacts {
  readonly name: string;
  /** LoadState: `loaded`, `not-found`, `masked`, `error`, `bad-setting`. */
  readonly loadState: string;
  readonly activeState: string;
  /** UnitFileState: `enabled`, `disabled`, `static`; empty when there is no file. */
  readonly fileState: string;
  /** Whether its file was changed since systemd read it. */
  readonly needsReload: boolean;
  /** The absolute paths of programs and scripts that it names. */
  readonly paths: readonly string[];
  /** The file of a package that its file, of the user's own install, hides from systemd; null when it hides none. */
  readonly hides: string | null;
}

/** Where the server lives, and what the units around it say. */
export interface ServerPlace {
  /** The innermost unit; null outside of any. */
  readonly unit: string | null;
  /** Whether logind ends what a login leaves behind; asked of a server in a login's scope only. */
  readonly endsWithLogin: Found<boolean> | null;
  /** KillMode and OOMPolicy of the unit; null where nobody says. */
  readonly killMode: string | null;
  readonly oomPolicy: string | null;
}

/** What systemd-oomd may do to the server. */
export interface OomdFacts {
  readonly isActive: boolean;
  /** The units around the server out of which it may take one to kill. */
  readonly monitored: readonly string[];
  /** The server's own unit, and its ManagedOOMPreference. */
  readonly unit: string | null;
  readonly preference: string | null;
}

const STANDALONE = 'tmux-persist agent --standalone';

/** An adopted server is where it is safe. */
const ADOPTED = /^tmux-adopted-\d+\.scope$/;

/** Returns whether the session bus can be reached; `standalone` says that an agent runs without it. */
export const busCheck = (found: Found<string>, standalone: boolean): Check =>
  found.ok
    ? passed('session-bus', found.value)
    : standalone
      ? passed('session-bus', 'none, and the agent runs without it')
      : warned('session-bus', `it can't be reached: ${found.error}`, STANDALONE);

/** Returns whether the user manager answers. */
export const managerCheck = (found: Found<{ version: string; state: string }>, standalone: boolean): Check => {
  const id = 'user-manager';
  if (!found.ok)
    return standalone
      ? passed(id, 'none, and the agent runs without it: nothing starts it at boot')
      : warned(id, `no systemd user manager answers: ${found.error}`, STANDALONE);
  const { version, state } = found.value;
  return state === 'stopping'
    ? warned(id, `systemd ${version} is ending it: a logout or a shutdown is under way`)
    : passed(id, `systemd ${version} answers`);
};

/** Returns whether the user manager outlives its user's logins. */
export const lingeringCheck = (found: Found<boolean>): Check =>
  judged('lingering', found, (lingers) =>
    lingers
      ? passed('lingering', 'on: it all starts at boot, and outlives your logins')
      : warned(
          'lingering',
          'off: the last logout may end all panes, and after a reboot nothing comes back until you log in',
          'loginctl enable-linger',
        ),
  );

/** Returns why nothing of systemd is needed for a socket with these units, or null when it is. */
export function withoutUnits(units: UnitNames | null, hasManager: boolean, standalone: boolean): string | null {
  if (units === null) return 'none can be for this socket: its agent is run with --standalone';
  const isExpected = hasManager && units.instance === null;
  return standalone && !isExpected ? 'not needed: the agent runs without systemd' : null;
}

/** Returns whether our units are there and start by themselves; a standalone agent works without them. */
export const unitsCheck = (found: Found<readonly UnitFacts[]>, names: UnitNames, standalone: boolean): Check =>
  judged('units', found, (units) => {
    const refuse = standalone ? warned : failed;
    const bad = units.map((unit) => unitProblem(unit, installCommand(names), refuse)).find((check) => check !== null);
    return (
      bad ??
      hidingProblem(units, names) ??
      passed('units', `${units.map(({ name }) => name).join(' and ')}: installed and enabled`)
    );
  });

function unitProblem(unit: UnitFacts, install: string, refuse: typeof failed): Check | null {
  const id = 'units';
  const { name, loadState, activeState, fileState, needsReload } = unit;
  if (loadState === 'masked') return refuse(id, `${name} is masked`, `systemctl --user unmask ${name}`);
  if (loadState === 'not-found') return refuse(id, `${name} is not installed`, install);
  if (loadState !== 'loaded')
    return refuse(id, `systemd can't use ${name} (${loadState})`, `systemd-analyze --user verify ${name}`);
  if (!/^(enabled|linked|static|generated)/.test(fileState))
    return refuse(id, `${name} does not start by itself`, `systemctl --user enable --now ${name}`);
  if (activeState === 'failed')
    return refuse(id, `${name} failed; 'journalctl --user -u ${name}' says why`, `systemctl --user restart ${name}`);
  if (needsReload) return warned(id, `the file of ${name} is newer than what runs`, 'systemctl --user daemon-reload');
  return null;
}

/** Only an own install can name a server unit of the user's: then it hides what it has to. */
function hidingProblem(units: readonly UnitFacts[], names: UnitNames): Check | null {
  const hiding = units.find(({ hides }) => hides !== null);
  if (hiding === undefined || names.server !== DEFAULT_UNITS.server) return null;
  return warned(
    'units',
    `${hiding.name} is of your own install and hides ${hiding.hides ?? ''}: no upgrade of that package reaches you`,
    `tmux-persist uninstall && systemctl --user enable --now ${DEFAULT_UNITS.agent}`,
  );
}

/** Returns whether the programs that our units name are still there; `isGone` says of a path that it is not. */
export const unitPathsCheck = (
  found: Found<readonly UnitFacts[]>,
  names: UnitNames,
  isGone: (path: string) => boolean,
): Check =>
  judged('unit-paths', found, (units) => {
    const id = 'unit-paths';
    const paths = [...new Set(units.flatMap((unit) => unit.paths))];
    if (paths.length === 0) return warned(id, 'not checked: the units name no program');
    const gone = paths.filter(isGone);
    return gone.length === 0
      ? passed(id, paths.join(', '))
      : failed(id, `the units name what is gone: ${gone.join(', ')}`, installCommand(names));
  });

/** Returns what may end the server where it lives; null when none lives. `ownUnit` is where it is to live, `canMove` whether it can be moved. */
export function placeCheck(place: ServerPlace | null, ownUnit: string, canMove: boolean): Check {
  const id = 'server-place';
  if (place === null) return passed(id, 'no server runs on this socket');
  const { unit, endsWithLogin, killMode, oomPolicy } = place;
  if (unit === null) return passed(id, 'the server is in no unit: nothing of systemd ends it');
  const risks: string[] = [];
  if (/^session-.*\.scope$/.test(unit)) {
    risks.push(
      endsWithLogin?.ok !== true
        ? `may end with that login (not checked: ${endsWithLogin?.error ?? 'nobody says'})`
        : endsWithLogin.value
          ? 'is killed when that login ends (KillUserProcesses=yes)'
          : 'outlives that login (KillUserProcesses=no), but ends before the last save of a shutdown',
    );
  } else if (unit !== ownUnit && unit.endsWith('.service') && killMode !== 'process' && killMode !== 'none') {
    risks.push('ends with every stop or restart of that service');
  }
  if (oomPolicy === 'stop' || oomPolicy === 'kill')
    risks.push(`ends as soon as one pane is killed for lack of memory (OOMPolicy=${oomPolicy})`);
  if (risks.length === 0) return passed(id, `in ${unit}`);
  const message = `the server is in ${unit}: it ${risks.join(', and it ')}`;
  const stays = unit === ownUnit || ADOPTED.test(unit) || !canMove;
  return warned(id, message, stays ? null : 'tmux-persist adopt');
}

/** Returns whether systemd-oomd may take the server with all of its panes. */
export const oomdCheck = (found: Found<OomdFacts | null>, ownUnit: string): Check =>
  judged('systemd-oomd', found, (facts) => {
    const id = 'systemd-oomd';
    if (facts === null) return passed(id, 'no server that it could kill');
    if (!facts.isActive) return passed(id, 'it does not run');
    if (facts.monitored.length === 0) return passed(id, 'it runs, and watches nothing around the server');
    if (facts.preference === 'avoid' || facts.preference === 'omit')
      return passed(id, `it runs, and spares ${facts.unit ?? 'the server'} (${facts.preference})`);
    return warned(
      id,
      `it may kill the server with all panes when memory is short (it watches ${facts.monitored.join(', ')})`,
      facts.unit === ownUnit ? `systemctl --user set-property ${ownUnit} ManagedOOMPreference=avoid` : null,
    );
  });

/** Returns whether the system's journal can be read, which has the words of the kernel and of earlyoom on who ended a server. */
export const journalCheck = (found: Found<boolean>, user: string): Check =>
  judged('journal', found, (isReadable) =>
    isReadable
      ? passed('journal', 'the words of the kernel and of earlyoom can be read')
      : warned(
          'journal',
          "the system's journal can't be read: an end by earlyoom may look like your own kill-server; log in again after",
          `sudo usermod -aG systemd-journal ${user}`,
        ),
  );
