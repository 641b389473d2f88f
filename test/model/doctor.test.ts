/**
 * The checks of doctor: what of the facts is well, at risk or broken, and the command that mends it.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { doctorReport, failed, judged, passed, warned, type Check, type Found } from '../../src/model/doctor.js';
import {
  agentCheck,
  agentVersionCheck,
  clockCheck,
  folderCheck,
  hooksCheck,
  inodesCheck,
  programsCheck,
  savedCheck,
  spaceCheck,
  type FolderFacts,
  type HookFacts,
} from '../../src/model/doctor-state.js';
import {
  busCheck,
  journalCheck,
  lingeringCheck,
  managerCheck,
  oomdCheck,
  placeCheck,
  unitPathsCheck,
  unitsCheck,
  withoutUnits,
  type OomdFacts,
  type ServerPlace,
  type UnitFacts,
} from '../../src/model/doctor-systemd.js';
import { DEFAULT_UNITS, unitNames } from '../../src/model/unit-names.js';
import {
  localeCheck,
  markersCheck,
  optionsCheck,
  otherSaversCheck,
  detachCheck,
  serverCheck,
  tmuxCheck,
  type TmuxContents,
  type TmuxServer,
} from '../../src/model/doctor-tmux.js';
import { fail, ok } from '../../src/model/failure.js';
import type { AgentRecord } from '../../src/model/ports.js';
import { at } from '../support/builders.js';

type Row = readonly [check: Check, status: Check['status'], message: RegExp, hint: string | null];

/** Holds each row against its check. */
function table(rows: readonly Row[]): void {
  for (const [check, status, message, hint] of rows) {
    assert.deepEqual([check.status, check.hint], [status, hint], check.message);
    assert.match(check.message, message);
    assert.match(check.id, /^[a-z]+(-[a-z]+)*$/);
  }
}

const contents: TmuxContents = {
  options: { server: {}, session: {}, window: {} },
  environment: {},
  statusLines: '#S #H %H:%M',
  destroyUnattached: 'off',
  hooks: [],
  choices: [],
  badOptions: [],
};
const withOptions = (session: Readonly<Record<string, string>>): TmuxContents => ({
  ...contents,
  options: { server: {}, session, window: {} },
});

const agent: AgentRecord = {
  pid: 7,
  startTime: '1',
  bootId: 'boot',
  state: 'watching',
  since: at(0),
  onBus: true,
  version: '0.1.0',
  problems: [],
};

const unit: UnitFacts = {
  name: 'tmux-server.service',
  loadState: 'loaded',
  activeState: 'active',
  fileState: 'enabled',
  needsReload: false,
  paths: ['/usr/bin/tmux'],
  hides: null,
};

const place: ServerPlace = { unit: 'tmux-server.service', endsWithLogin: null, killMode: null, oomPolicy: null };

describe('doctor', () => {
  test('a report is good unless something failed, and warnings are allowed', () => {
    assert.equal(doctorReport([passed('a', ''), warned('b', '')]).ok, true);
    assert.equal(doctorReport([passed('a', ''), failed('b', '')]).ok, false);
  });

  test('what can not be looked at is a warning with the reason', () => {
    const check = judged('units', fail('no bus'), () => assert.fail('judged'));
    assert.deepEqual(check, { id: 'units', status: 'warn', message: 'not checked: no bus', hint: null });
  });

  test('control characters of what others named never reach the terminal', () => {
    assert.deepEqual(failed('a', '\u001b]0;x\u0007', 'ls \u001b[2J'), {
      id: 'a',
      status: 'fail',
      message: '\\u001b]0;x\\u0007',
      hint: 'ls \\u001b[2J',
    });
  });

  test('tmux has to start and to be 3.2 or later', () => {
    const path = '/usr/bin/tmux';
    const tooOld = 'install tmux 3.2 or later';
    table([
      [tmuxCheck({ path, version: '3.2' }), 'ok', /^tmux 3\.2, \/usr\/bin\/tmux$/, null],
      [tmuxCheck({ path, version: '3.3a' }), 'ok', /3\.3a/, null],
      [tmuxCheck({ path, version: 'next-3.8' }), 'ok', /next-3\.8/, null],
      [tmuxCheck({ path, version: '10.0' }), 'ok', /10\.0/, null],
      [tmuxCheck({ path, version: '3.1c' }), 'fail', /3\.1c, which is too old/, tooOld],
      [tmuxCheck({ path, version: '2.9' }), 'fail', /too old/, tooOld],
      [tmuxCheck({ path, version: 'master' }), 'warn', /can't be told/, null],
      [tmuxCheck({ path, version: null }), 'fail', /can't be started/, `${tooOld}, or add its folder to PATH`],
    ]);
  });

  test('a server has to answer, and to be of the version of its clients', () => {
    const program = { path: 'tmux', version: '3.5a' };
    const server = { state: 'answers', pid: 5, version: '3.5a', sessions: 2 } as const;
    const broken = { state: 'broken', message: 'it hangs', hint: 'ps' } as const;
    table([
      [serverCheck(ok({ state: 'none' }), program), 'ok', /^none/, null],
      [serverCheck(ok(server), program), 'ok', /tmux 3\.5a answers, pid 5, sessions: 2/, null],
      [serverCheck(ok(server), { path: 'tmux', version: null }), 'ok', /answers/, null],
      [serverCheck(ok({ ...server, version: '3.3a' }), program), 'warn', /tmux 3\.3a, the program is 3\.5a/, null],
      [serverCheck(ok(broken), program), 'fail', /it hangs/, 'ps'],
      [serverCheck(fail('tmux is not there'), program), 'warn', /not checked: tmux is not there/, null],
    ]);
  });

  test('destroy-unattached is a risk up to tmux 3.7c', () => {
    const of = (version: string): Found<TmuxServer> => ok({ state: 'answers', pid: 5, version, sessions: 2 });
    const on = ok({ ...contents, destroyUnattached: 'on' });
    table([
      [detachCheck(ok({ state: 'none' }), ok(null)), 'ok', /no server/, null],
      [detachCheck(of('3.3a'), ok(contents)), 'ok', /outlive/, null],
      [detachCheck(of('3.7c'), on), 'warn', /is on, and tmux 3\.7c may crash/, null],
      [detachCheck(of('3.8'), on), 'ok', /is on/, null],
      [detachCheck(of('3.3a'), fail('it hangs')), 'warn', /not checked: it hangs/, null],
    ]);
  });

  test('the first locale variable that is not empty has to be UTF-8, here and in the server', () => {
    const good = { LANG: 'C.UTF-8' };
    const here = 'export LC_ALL=C.UTF-8';
    table([
      [localeCheck(good, null, 'tmux'), 'ok', /^C\.UTF-8$/, null],
      [localeCheck({ LC_ALL: '', LANG: 'de_DE.utf8' }, good, 'tmux'), 'ok', /de_DE/, null],
      [localeCheck({ LC_ALL: 'C', LANG: 'C.UTF-8' }, good, 'tmux'), 'warn', /this shell has the locale 'C'/, here],
      [localeCheck({ LC_CTYPE: 'POSIX', LANG: 'C.UTF-8' }, null, 'tmux'), 'warn', /'POSIX'/, here],
      [localeCheck({}, null, 'tmux'), 'warn', /'C'/, here],
      [
        localeCheck(good, {}, 'tmux -S /s'),
        'warn',
        /the tmux server has the locale 'C'/,
        'tmux -S /s set-environment -g LC_ALL C.UTF-8',
      ],
    ]);
  });

  test('tmux-continuum and tmux-resurrect are found by their options, status lines and hooks', () => {
    const check = (found: TmuxContents | null): Check => otherSaversCheck(ok(found), 'tmux');
    const interval = 'tmux set-option -g @continuum-save-interval 0';
    table([
      [check(contents), 'ok', /neither/, null],
      [check(null), 'ok', /no server/, null],
      [
        check(withOptions({ '@continuum-restore': 'on', '@resurrect-dir': '/x' })),
        'warn',
        /sessions may come twice/,
        'tmux set-option -g @continuum-restore off',
      ],
      [
        check(withOptions({ '@continuum-boot': 'on' })),
        'warn',
        /at boot/,
        'tmux set-option -g @continuum-boot off; systemctl --user disable tmux.service',
      ],
      [check(withOptions({ '@continuum-restore': 'off' })), 'warn', /saves on its own/, interval],
      [check(withOptions({ '@continuum-restore': 'off', '@continuum-save-interval': '0' })), 'ok', /^neither/, null],
      [check({ ...contents, statusLines: '#(/p/scripts/continuum_save.sh)' }), 'warn', /saves on its own/, interval],
      [check(withOptions({ '@resurrect-save-script-path': '/x' })), 'warn', /tmux-resurrect is loaded/, null],
      [check({ ...contents, hooks: ['run-shell ~/.tmux/plugins/tmux-resurrect/x'] }), 'warn', /tmux-resurrect/, null],
    ]);
  });

  test('what a coding agent left for its children is taken out by one command', () => {
    const places = { tmux: ['CLAUDECODE', 'CLAUDE_PID'], manager: ['CLAUDECODE', 'AI_AGENT'] };
    table([
      [markersCheck(ok({ tmux: [], manager: [] }), 'tmux'), 'ok', /none/, null],
      [
        markersCheck(ok(places), 'tmux -S /s'),
        'warn',
        /: CLAUDECODE, CLAUDE_PID, AI_AGENT$/,
        'tmux -S /s set-environment -gu CLAUDECODE; tmux -S /s set-environment -gu CLAUDE_PID; systemctl --user unset-environment CLAUDECODE AI_AGENT',
      ],
    ]);
  });

  test('an option of ours that can not be used is named', () => {
    const bad = { code: 'bad-option', message: 'it is x', hint: 'tmux set -g @tmux-persist-resume auto' };
    table([
      [optionsCheck(ok(contents), 'tmux'), 'ok', /all/, null],
      [optionsCheck(ok({ ...contents, badOptions: [bad] }), 'tmux'), 'warn', /it is x/, bad.hint],
      [
        optionsCheck(ok({ ...contents, badOptions: [bad] }), "tmux -S '/a $1'"),
        'warn',
        /it is x/,
        "tmux -S '/a $1' set -g @tmux-persist-resume auto",
      ],
    ]);
  });

  test('without an agent nothing is protected, which is a failure', () => {
    const problem = { code: 'crash-loop', message: 'it stopped', hint: 'look' };
    const badOption = { code: 'bad-option', message: 'bad', hint: 'set' };
    table([
      [agentCheck(ok(agent), 'tmux-persist.service'), 'ok', /^watching, pid 7$/, null],
      [agentCheck(ok({ ...agent, onBus: false }), null), 'ok', /standalone/, null],
      [agentCheck(ok(null), 'x@y.service'), 'fail', /nothing is saved/, 'systemctl --user enable --now x@y.service'],
      [agentCheck(ok(null), null), 'fail', /nothing is saved/, 'tmux-persist agent --standalone'],
      [agentCheck(ok({ ...agent, problems: [badOption, problem] }), null), 'warn', /it stopped/, 'look'],
      [agentCheck(ok({ ...agent, problems: [badOption] }), null), 'ok', /watching/, null],
      [agentVersionCheck(ok(agent), '0.1.0', null), 'ok', /0\.1\.0/, null],
      [agentVersionCheck(ok(null), '0.1.0', null), 'ok', /no agent/, null],
      [
        agentVersionCheck(ok(agent), '0.2.0', 'x@y.service'),
        'warn',
        /agent is 0\.1\.0, this program is 0\.2\.0/,
        'systemctl --user restart x@y.service',
      ],
      [
        agentVersionCheck(ok({ ...agent, onBus: false }), '0.2.0', null),
        'warn',
        /0\.2\.0/,
        'kill 7, and start it again as it was started',
      ],
    ]);
  });

  test('the state folder has to be writable, and is best closed to others', () => {
    const folder: FolderFacts = { path: '/s', refused: null, mode: 0o700, isWritable: true };
    table([
      [folderCheck(ok(folder)), 'ok', /^\/s$/, null],
      [folderCheck(ok({ ...folder, mode: null })), 'ok', /first save/, null],
      [folderCheck(ok({ ...folder, mode: 0o755 })), 'warn', /mode 755/, 'chmod 700 /s'],
      [folderCheck(ok({ ...folder, isWritable: false })), 'fail', /can't be written/, 'chmod u+rwx /s'],
      [folderCheck(ok({ ...folder, mode: null, isWritable: false })), 'fail', /can't be written/, 'mkdir -p /s'],
      [folderCheck(ok({ ...folder, refused: { message: 'a link', hint: 'ls' } })), 'fail', /a link/, 'ls'],
    ]);
  });

  test('damage is a warning while an earlier state is used, and what can not be read at all a failure', () => {
    const saved = { state: 'saved', savedAt: at(0), sessions: 3, damaged: [] } as const;
    table([
      [savedCheck(ok({ state: 'none' })), 'ok', /nothing/, null],
      [savedCheck(ok(saved)), 'ok', /sessions: 3/, null],
      [savedCheck(ok({ ...saved, damaged: ['/s/m'] })), 'warn', /\/s\/m/, 'tmux-persist history'],
      [savedCheck(ok({ state: 'broken', message: 'newer', hint: 'upgrade' })), 'fail', /newer/, 'upgrade'],
    ]);
  });

  test('room on the disk is a failure when the next save does not fit, and a warning before that', () => {
    const room = { freeBytes: 1e9, freeInodes: 1e6, neededBytes: 1e6, neededInodes: 4 };
    table([
      [spaceCheck(ok(room)), 'ok', /953 MB free/, null],
      [spaceCheck(ok({ ...room, freeBytes: 5e7 })), 'warn', /47 MB/, 'df -h'],
      [spaceCheck(ok({ ...room, freeBytes: 999_999 })), 'fail', /nothing can be saved/, 'df -h'],
      [inodesCheck(ok(room)), 'ok', /1000000 inodes/, null],
      [inodesCheck(ok({ ...room, freeInodes: null })), 'ok', /as they are needed/, null],
      [inodesCheck(ok({ ...room, freeInodes: 500 })), 'warn', /500/, 'df -i'],
      [inodesCheck(ok({ ...room, freeInodes: 3 })), 'fail', /nothing can be saved/, 'df -i'],
    ]);
  });

  test('a clock that is behind what was saved is a warning', () => {
    const now = Date.parse(at(0));
    table([
      [clockCheck(ok([]), now), 'ok', /nothing/, null],
      [clockCheck(ok([at(-9000), at(30)]), now), 'ok', /nothing/, null],
      [clockCheck(ok(['nonsense']), now), 'ok', /nothing/, null],
      [clockCheck(ok([at(-5), at(3600)]), now), 'warn', /is of 2026-06-15T13:00/, 'timedatectl set-ntp true'],
    ]);
  });

  test('saved programs that are gone are named once, with how many panes they are', () => {
    const many = ['a', 'b', 'c', 'd', 'e', 'f'];
    table([
      [programsCheck(ok({ total: 0, missing: [] })), 'ok', /none/, null],
      [programsCheck(ok({ total: 4, missing: [] })), 'ok', /all 4/, null],
      [programsCheck(ok({ total: 4, missing: ['vim', 'vim'] })), 'warn', /: vim \(in 2 of 4\)/, null],
      [programsCheck(ok({ total: 9, missing: many })), 'warn', /: a, b, c, d, e \.\.\. \(in 6 of 9\)/, null],
    ]);
  });

  test('hooks that no longer reach us are a warning, and hooks that nobody wanted are none', () => {
    const of = (tool: string, state: HookFacts['state'], detail: string | null = null): HookFacts => ({
      ...{ tool, state, detail },
    });
    const outdated = of('claude', 'outdated', "'/old/node' is gone");
    table([
      [hooksCheck(ok([of('codex', 'not-found')])), 'ok', /no coding agent/, null],
      [
        hooksCheck(ok([of('claude', 'installed'), of('codex', 'not-installed')])),
        'ok',
        /for claude; not installed for codex/,
        null,
      ],
      [
        hooksCheck(ok([outdated, of('codex', 'outdated')])),
        'warn',
        /claude: '\/old\/node' is gone; codex: outdated/,
        'tmux-persist hooks install claude codex',
      ],
      [hooksCheck(ok([of('claude', 'disabled', 'all hooks are off')])), 'warn', /all hooks are off/, null],
      [hooksCheck(ok([of('claude', 'refused', 'not UTF-8')])), 'warn', /not UTF-8/, null],
    ]);
  });

  test('systemd is wanted, but for a standalone agent', () => {
    const standalone = 'tmux-persist agent --standalone';
    const answer = { version: '257', state: 'running' };
    table([
      [busCheck(ok('unix:/b'), false), 'ok', /unix:\/b/, null],
      [busCheck(fail('ENOENT'), false), 'warn', /ENOENT/, standalone],
      [busCheck(fail('ENOENT'), true), 'ok', /without it/, null],
      [managerCheck(ok(answer), false), 'ok', /systemd 257/, null],
      [managerCheck(ok({ ...answer, state: 'stopping' }), false), 'warn', /ending/, null],
      [managerCheck(fail('no bus'), false), 'warn', /no bus/, standalone],
      [managerCheck(fail('no bus'), true), 'ok', /without it/, null],
      [lingeringCheck(ok(true)), 'ok', /on/, null],
      [lingeringCheck(ok(false)), 'warn', /off/, 'loginctl enable-linger'],
      [lingeringCheck(fail('no systemd')), 'warn', /not checked/, null],
      [journalCheck(ok(true), 'joe'), 'ok', /earlyoom/, null],
      [journalCheck(ok(false), 'joe'), 'warn', /earlyoom/, 'sudo usermod -aG systemd-journal joe'],
    ]);
    const named = unitNames('work');
    assert.equal(withoutUnits(DEFAULT_UNITS, true, false), null);
    assert.equal(withoutUnits(DEFAULT_UNITS, true, true), null);
    assert.equal(withoutUnits(named, true, false), null);
    assert.match(withoutUnits(DEFAULT_UNITS, false, true) ?? '', /without systemd/);
    assert.match(withoutUnits(named, true, true) ?? '', /without systemd/);
    assert.match(withoutUnits(null, true, false) ?? '', /this socket/);
  });

  test('units have to be installed, enabled and current, and what they name has to be there', () => {
    const check = (changes: Partial<UnitFacts>): Check => unitsCheck(ok([unit, { ...unit, ...changes }]), names, false);
    const names = { ...DEFAULT_UNITS, instance: 'work' };
    const install = 'tmux-persist -L work install --now';
    table([
      [check({ name: 'b.service' }), 'ok', /tmux-server\.service and b\.service/, null],
      [check({ fileState: 'enabled-runtime' }), 'ok', /enabled/, null],
      [check({ loadState: 'not-found', fileState: '' }), 'fail', /not installed/, install],
      [check({ loadState: 'masked' }), 'fail', /masked/, 'systemctl --user unmask tmux-server.service'],
      [check({ loadState: 'bad-setting' }), 'fail', /bad-setting/, 'systemd-analyze --user verify tmux-server.service'],
      [check({ fileState: 'disabled' }), 'fail', /by itself/, 'systemctl --user enable --now tmux-server.service'],
      [check({ activeState: 'failed' }), 'fail', /failed/, 'systemctl --user restart tmux-server.service'],
      [check({ needsReload: true }), 'warn', /newer/, 'systemctl --user daemon-reload'],
      [
        check({ hides: '/usr/lib/systemd/user/tmux-server.service' }),
        'warn',
        /own install and hides \/usr\/lib\/systemd\/user\/tmux-server\.service/,
        'tmux-persist uninstall && systemctl --user enable --now tmux-persist.service',
      ],
      [
        unitsCheck(ok([{ ...unit, hides: '/usr/lib/x.service' }]), { ...names, server: 'mine.service' }, false),
        'ok',
        /installed and enabled/,
        null,
      ],
      [
        check({ hides: '/usr/lib/x.service', fileState: 'disabled' }),
        'fail',
        /by itself/,
        'systemctl --user enable --now tmux-server.service',
      ],
      [unitsCheck(ok([{ ...unit, loadState: 'not-found' }]), names, true), 'warn', /not installed/, install],
      [unitPathsCheck(ok([unit, unit]), names, () => false), 'ok', /^\/usr\/bin\/tmux$/, null],
      [
        unitPathsCheck(ok([unit]), names, (path) => path === '/usr/bin/tmux'),
        'fail',
        /gone: \/usr\/bin\/tmux/,
        install,
      ],
      [unitPathsCheck(ok([{ ...unit, paths: [] }]), names, () => false), 'warn', /not checked/, null],
    ]);
  });

  test('the place of the server says what may end it there', () => {
    const own = 'tmux-server.service';
    const check = (changes: Partial<ServerPlace>, canMove = true): Check =>
      placeCheck({ ...place, ...changes }, own, canMove);
    const login = { unit: 'session-3.scope' };
    const move = 'tmux-persist adopt';
    table([
      [placeCheck(null, own, true), 'ok', /no server/, null],
      [check({}), 'ok', /^in tmux-server\.service$/, null],
      [check({ unit: null }), 'ok', /no unit/, null],
      [check({ ...login, endsWithLogin: ok(true) }), 'warn', /KillUserProcesses=yes/, move],
      [check({ ...login, endsWithLogin: ok(true) }, false), 'warn', /KillUserProcesses=yes/, null],
      [check({ ...login, endsWithLogin: ok(false) }), 'warn', /shutdown/, move],
      [check({ ...login, endsWithLogin: fail('no bus') }), 'warn', /not checked: no bus/, move],
      [check({ unit: 'ttyd.service', killMode: 'control-group' }), 'warn', /stop or restart/, move],
      [check({ unit: 'ttyd.service', killMode: 'process' }), 'ok', /in ttyd\.service/, null],
      [check({ unit: 'vte-spawn-1.scope', oomPolicy: 'continue' }), 'ok', /vte/, null],
      [check({ unit: 'vte-spawn-1.scope', oomPolicy: 'stop' }), 'warn', /OOMPolicy=stop/, move],
      [check({ oomPolicy: 'kill' }), 'warn', /OOMPolicy=kill/, null],
      [check({ unit: 'tmux-adopted-7.scope', oomPolicy: 'stop' }), 'warn', /OOMPolicy=stop/, null],
      [check({ unit: 'my.service', killMode: 'control-group' }), 'warn', /stop or restart/, move],
      [placeCheck({ ...place, unit: 'my.service' }, 'my.service', true), 'ok', /in my\.service/, null],
    ]);
  });

  test('systemd-oomd is a risk where it watches what the server lives in and is not told to spare it', () => {
    const facts: OomdFacts = {
      isActive: true,
      monitored: ['user@1000.service'],
      unit: 'tmux-server.service',
      preference: 'none',
    };
    const check = (changes: Partial<OomdFacts>): Check =>
      oomdCheck(ok({ ...facts, ...changes }), 'tmux-server.service');
    const spare = 'systemctl --user set-property tmux-server.service ManagedOOMPreference=avoid';
    table([
      [oomdCheck(ok(null), 'x'), 'ok', /no server/, null],
      [check({ isActive: false }), 'ok', /does not run/, null],
      [check({ monitored: [] }), 'ok', /watches nothing/, null],
      [check({ preference: 'avoid' }), 'ok', /spares/, null],
      [check({}), 'warn', /user@1000\.service/, spare],
      [check({ unit: 'session-1.scope' }), 'warn', /all panes/, null],
      [oomdCheck(fail('no bus'), 'x'), 'warn', /not checked/, null],
    ]);
  });
});
