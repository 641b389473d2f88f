/**
 * Why a tmux server died, decided from what systemd, the waiter and the kernel said of that moment.
 * The order is the rule: what was asked for, then what the kernel proves, then how the process ended.
 */
import type { Cause } from './report.js';

/** How the main process of a unit ended, read at the moment of its death. */
export interface UnitDeath {
  readonly unit: string;
  readonly mainPid: number;
  /** Whether a stop or restart job was there. */
  readonly planned: boolean;
  /** systemd's Result: `success`, `signal`, `core-dump`, `exit-code`, `oom-kill` ... */
  readonly result: string;
  /** 1 exited, 2 killed, 3 dumped core, 0 not known. */
  readonly execMainCode: number;
  /** The exit code, or the signal's number. */
  readonly execMainStatus: number;
}

/** What the journal says of who ended a process. */
export interface JournalWord {
  readonly by: 'kernel' | 'systemd' | 'systemd-oomd' | 'earlyoom' | 'logind';
  /** The message, or what it comes to. */
  readonly text: string;
}

/** Everything known of a server's death. */
export interface DeathEvidence {
  /** Null for a server outside of a unit. */
  readonly unit: UnitDeath | null;
  /** How the blocked `tmux wait-for` ended: by an exiting server, or because its connection broke; null when it tells nothing. */
  readonly waiter: 'orderly' | 'crashed' | null;
  /** How far the OOM kill counters moved in the last 30 s. */
  readonly oomKills: number;
  /** Whether memory pressure was high in the last 30 s. */
  readonly memoryPressure: boolean;
  /** What the journal says, where it says anything and may be read. */
  readonly journal: JournalWord | null;
  /** Whether the machine, the user manager, or the login that the server lived in was ending. */
  readonly shuttingDown: boolean;
  /** Whether the service that it lived in as a guest was stopped or restarted. */
  readonly hostStopped: boolean;
  /** Whether the server belongs to an earlier boot. */
  readonly bootIdChanged: boolean;
}

/** The verdict on a server's death. */
export interface Death {
  readonly cause: Cause;
  /** For people. */
  readonly detail: string;
  /** Whether the user closed everything on purpose: then its sessions are closed, not lost (R5). */
  readonly clean: boolean;
}

// Linux, the same numbers on every architecture that Node runs on there, except MIPS.
const signalNames = (
  'HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP ' +
  'TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS'
).split(' ');
const sigkill = 9;

/** Returns the name of a Linux signal, `signal N` for one without a name. */
export function signalName(number: number): string {
  const name = signalNames[number - 1];
  return name === undefined ? `signal ${String(number)}` : `SIG${name}`;
}

/** Returns why the server died. */
export function causeOfDeath(evidence: DeathEvidence): Death {
  const { unit, oomKills, journal } = evidence;
  if (evidence.bootIdChanged) return loss('reboot', 'the machine was started anew');
  if (evidence.shuttingDown)
    return loss('stopped', 'the machine, the user manager or the login that it lived in was ending');
  if (unit?.planned === true) return loss('stopped', `${unit.unit} was stopped or restarted on request`);
  const ending = unit === null || unit.execMainCode === 0 ? endingSeen(evidence) : endingOf(unit);
  if (journal !== null && mayHaveBeenEnded(unit)) {
    return loss(journal.by === 'logind' ? 'stopped' : 'oom-kill', `${ending}; ${journal.by}: ${journal.text}`);
  }
  if (unit !== null) {
    if (unit.result === 'oom-kill') {
      return loss('oom-kill', `${ending}; systemd reports an OOM kill in ${unit.unit}${near(oomKills)}`);
    }
    if (unit.execMainCode === 2 && unit.execMainStatus === sigkill && oomKills > 0) {
      return loss('oom-kill', ending + near(oomKills));
    }
    if (unit.execMainCode === 3) return loss('core-dump', `${ending}, core dumped`);
    if (unit.execMainCode === 2) return loss('signal', ending);
    if (unit.execMainCode === 1) {
      return unit.execMainStatus === 0 ? cleanEnd(evidence, ending) : loss('exit-code', ending);
    }
  }
  if (evidence.waiter === 'orderly') return cleanEnd(evidence, ending);
  if (evidence.waiter === 'crashed') {
    return oomKills > 0 ? loss('oom-kill', ending + near(oomKills)) : loss('signal', ending);
  }
  return loss('unknown', ending + near(oomKills));
}

/** R5: an orderly end is also what earlyoom, a logind stop or `kill PID` leave; only with nothing near is it kill-server. */
function cleanEnd(evidence: DeathEvidence, ending: string): Death {
  const { oomKills, memoryPressure } = evidence;
  if (oomKills > 0) return loss('unknown', ending + near(oomKills));
  if (memoryPressure) return loss('unknown', `${ending}; memory pressure was high`);
  if (evidence.hostStopped) return loss('stopped', 'the service that it lived in was stopped or restarted');
  return { cause: 'kill-server', detail: 'kill-server, or its last session was closed', clean: true };
}

const loss = (cause: Cause, detail: string): Death => ({ cause, detail, clean: false });

const near = (oomKills: number): string =>
  oomKills > 0 ? `; ${String(oomKills)} OOM kill${oomKills === 1 ? '' : 's'} at the same time` : '';

/** Whether somebody else may have ended it: what crashed by itself was not killed for memory, whatever else was. */
function mayHaveBeenEnded(unit: UnitDeath | null): boolean {
  if (unit === null || unit.execMainCode === 0) return true;
  if (unit.execMainCode === 1) return unit.execMainStatus === 0;
  return unit.execMainCode === 2 && ['SIGKILL', 'SIGTERM'].includes(signalName(unit.execMainStatus));
}

function endingSeen({ waiter }: DeathEvidence): string {
  if (waiter === 'orderly') return 'it ended by itself';
  return waiter === 'crashed' ? 'it ended without warning; probably SIGKILL' : 'it ended while no agent was watching';
}

function endingOf(unit: UnitDeath): string {
  if (unit.execMainCode === 2 || unit.execMainCode === 3) return signalName(unit.execMainStatus);
  return `exit code ${String(unit.execMainStatus)}`;
}
