/**
 * What systemd says of one unit, reduced to what is decided upon. Pure: properties in, state out.
 */

/** The last known properties of a unit (org.freedesktop.systemd1(5), interfaces Unit and Service). */
export interface UnitState {
  readonly loadState: string;
  readonly activeState: string;
  readonly subState: string;
  /** 0 when no main process lives. */
  readonly mainPid: number;
  /** Lowercase hex; new at every start of the unit, empty when it never ran. */
  readonly invocationId: string;
  /** Whether a job (start, stop, restart) is queued or running. */
  readonly hasJob: boolean;
  /** `success`, `signal`, `oom-kill`, `exec-condition` ... It goes back to `success` with the next start. */
  readonly result: string;
  /** 1 exited, 2 killed, 3 dumped core, 0 nothing ended yet (CLD_* of sigaction(2)). */
  readonly execMainCode: number;
  /** The exit code, or the signal's number. */
  readonly execMainStatus: number;
  readonly nRestarts: number;
  /** Whether it was active at any time since the user manager started. */
  readonly hasRun: boolean;
}

/** Why a unit is at rest: nothing will happen to it until somebody starts it. */
export type UnitRest =
  /** It failed for good: its start limit is reached, or its start-up failed. */
  | 'failed'
  /** Its start condition was not met: another server owns the socket. */
  | 'skipped'
  /** It ran and was stopped on request. */
  | 'stopped'
  /** It was not started since the user manager started. */
  | 'never-started'
  /** There is no such unit, it is masked, or its file is broken. */
  | 'missing';

/** The state before anything is known. */
export const unknownUnit: UnitState = {
  loadState: '',
  activeState: '',
  subState: '',
  mainPid: 0,
  invocationId: '',
  hasJob: false,
  result: 'success',
  execMainCode: 0,
  execMainStatus: 0,
  nRestarts: 0,
  hasRun: false,
};

/** Returns the state with the given properties, as of PropertiesChanged or GetAll, laid over it. */
export function mergeUnit(state: UnitState, properties: Readonly<Record<string, unknown>>): UnitState {
  const text = (key: string, old: string) => (typeof properties[key] === 'string' ? properties[key] : old);
  const number = (key: string, old: number) => (typeof properties[key] === 'number' ? properties[key] : old);
  const invocation = properties['InvocationID'];
  const job = properties['Job'];
  const activeSince = properties['ActiveEnterTimestampMonotonic'];
  return {
    loadState: text('LoadState', state.loadState),
    activeState: text('ActiveState', state.activeState),
    subState: text('SubState', state.subState),
    mainPid: number('MainPID', state.mainPid),
    invocationId: Buffer.isBuffer(invocation) ? invocation.toString('hex') : state.invocationId,
    // (id, path); id 0 is none.
    hasJob: Array.isArray(job) ? job[0] !== 0 : state.hasJob,
    result: text('Result', state.result),
    execMainCode: number('ExecMainCode', state.execMainCode),
    execMainStatus: number('ExecMainStatus', state.execMainStatus),
    nRestarts: number('NRestarts', state.nRestarts),
    hasRun: typeof activeSince === 'bigint' ? activeSince > 0n : state.hasRun,
  };
}

/** Returns why the unit is at rest, or null while it runs, starts, stops or waits for its automatic restart. */
export function restOf(state: UnitState): UnitRest | null {
  if (state.hasJob) return null;
  if (state.activeState === 'failed') return 'failed';
  if (state.activeState !== 'inactive') return null;
  if (state.loadState !== 'loaded') return 'missing';
  if (state.result === 'exec-condition') return 'skipped';
  return state.hasRun ? 'stopped' : 'never-started';
}

/** Returns whether a stop or restart was asked for; the job of a start that is still under way is none. */
export const isStopping = (state: UnitState): boolean => state.hasJob && state.activeState !== 'activating';

/** Returns the object path of a unit: bytes other than letters and digits, and a leading digit, become `_xx`. */
export function unitPath(unit: string): string {
  const escaped = Array.from(Buffer.from(unit), (byte, index) => {
    const char = String.fromCharCode(byte);
    const isPlain = index === 0 ? /[A-Za-z]/.test(char) : /[A-Za-z0-9]/.test(char);
    return isPlain ? char : `_${byte.toString(16).padStart(2, '0')}`;
  });
  return `/org/freedesktop/systemd1/unit/${escaped.join('')}`;
}

/** Returns the name of the unit at an object path. */
export function unitOfPath(path: string): string {
  const bytes = path
    .slice(path.lastIndexOf('/') + 1)
    .replace(/_([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}
