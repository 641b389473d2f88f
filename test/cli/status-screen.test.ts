/**
 * The whole status screen, case by case, as its reader sees it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { statusScreen } from '../../src/cli/status-screen.js';
import type { Manifest } from '../../src/model/manifest.js';
import type { StatusReport } from '../../src/model/report.js';
import { statusProblems, type Standing } from '../../src/model/status-problems.js';
import { aManifest, aPending, aSession } from '../support/builders.js';

process.env['TZ'] = 'UTC';

const NOW = Date.parse('2026-11-23T08:20:00Z');
const atNight = '2026-11-23T03:12:09.000Z';

const server: NonNullable<StatusReport['server']> = {
  running: true,
  pid: 4711,
  version: '3.5a',
  socketPath: '/tmp/tmux-1000/default',
  unit: 'tmux-server.service',
  cgroup: '/user.slice/tmux-server.service',
  sessions: 5,
  windows: 7,
  panes: 9,
};
const saved: NonNullable<StatusReport['manifest']> = {
  id: '20261123T081957.000Z-0001',
  savedAt: '2026-11-23T08:19:00.000Z',
  checkedAt: '2026-11-23T08:19:57.000Z',
  ageSeconds: 3,
  sessions: 5,
  windows: 7,
  panes: 9,
  conversations: 2,
  bytes: 1000,
  path: '/state/manifest.json',
};
const oomKill: StatusReport['lastLoss'] = {
  at: atNight,
  cause: 'oom-kill',
  detail: 'SIGKILL; 1 OOM kill in its cgroup at 03:12:09',
  sessions: 6,
  unit: 'tmux-server.service',
};
const restored: NonNullable<StatusReport['lastRestore']> = {
  at: '2026-11-23T03:12:10.000Z',
  manifestId: '20261123T031200.000Z-0001',
  durationMs: 412,
  restored: 5,
  adopted: 0,
  skipped: 0,
  failed: 1,
  conversations: { resumed: 1, offered: 1, missing: 0 },
};
const idle = { waiting: 0, held: false, unseen: 0, offered: [] };
const quiet: StatusReport = {
  version: '0.1.0',
  agent: { running: true, pid: 812, state: 'watching', since: '2026-11-23T03:12:10.000Z' },
  server,
  manifest: saved,
  lastLoss: null,
  lastRestore: null,
  problems: [],
  protected: true,
  lingering: true,
  programs: idle,
};
const stopped: StatusReport['agent'] = { running: false, pid: null, state: 'stopped', since: null };

/** Returns the screen of a report whose problems are what the model says of it, after `told`. */
function screenOf(
  changes: Partial<StatusReport>,
  manifest: Manifest | null = aManifest(),
  { told = [], halted = false }: { told?: StatusReport['problems']; halted?: boolean } = {},
): string[] {
  const base = { ...quiet, ...changes };
  const standing: Standing = { ...base, agent: { ...base.agent, isHalted: halted } };
  const problems = [...told, ...statusProblems(standing, manifest)];
  const report = { ...base, problems };
  const { verdict, rest } = statusScreen({ report, manifest, now: NOW });
  return [...verdict, ...rest];
}

const failed = aManifest({ pending: [aPending(aSession(10), { how: 'failed' })] });

/** What is shown: the case, the screen, and what it must be. */
const CASES: readonly (readonly [string, string[], string])[] = [
  [
    'a fresh install with nothing saved',
    screenOf({ manifest: null, server: { ...server, sessions: 0, windows: 0, panes: 0 } }, null),
    `
Protected.
Nothing is open yet: what you open in tmux is saved from then on.

Nothing needs you.

agent:        watching since 03:12, pid 812
server:       tmux 3.5a, pid 4711, 0 sessions, 0 windows, 0 panes, in
              tmux-server.service
last save:    never
last loss:    none
last restore: none
`,
  ],
  [
    'a server that is protected and quiet',
    screenOf({}),
    `
Protected.
Last save 3 s ago: 5 sessions, 9 panes, 2 conversations.

Nothing needs you.

agent:        watching since 03:12, pid 812
server:       tmux 3.5a, pid 4711, 5 sessions, 7 windows, 9 panes, in
              tmux-server.service
last save:    3 s ago: 5 sessions, 7 windows, 9 panes
last loss:    none
last restore: none
`,
  ],
  [
    'an OOM kill after which one session is not back and one program waits for its user',
    screenOf(
      {
        lastLoss: oomKill,
        lastRestore: restored,
        programs: { ...idle, offered: [{ pane: 'api:2.0', program: 'claude' }] },
      },
      failed,
    ),
    `
Protected, but something needs you.
Last save 3 s ago: 5 sessions, 9 panes, 2 conversations.
At 03:12, 5 hours ago, the tmux server was killed for want of memory; it held 6
sessions. 5 sessions came back, 1 could not be restored.

2 things need you:
1. A session is not back: session-10 (to drop one: tmux-persist forget NAME).
       tmux-persist restore
2. 1 program waits for Enter in its pane, any other key gives a shell: api:2.0
   (claude).

agent:        watching since 03:12, pid 812
server:       tmux 3.5a, pid 4711, 5 sessions, 7 windows, 9 panes, in
              tmux-server.service
last save:    3 s ago: 5 sessions, 7 windows, 9 panes
last loss:    03:12, 5 hours ago: oom-kill (SIGKILL; 1 OOM kill in its cgroup at
              03:12:09), 6 sessions
last restore: 03:12, 5 hours ago: 5 sessions in 412 ms, 1 failed, conversations:
              1 resumed, 1 offered, 0 missing
`,
  ],
  [
    'a server without an agent',
    screenOf({ agent: stopped, manifest: { ...saved, ageSeconds: 43_000 } }),
    `
Not protected: no agent is running, so nothing is saved, and nothing comes back
by itself.
Last save 12 hours ago: 5 sessions, 9 panes, 2 conversations.

1 thing needs you:
1. No agent is running: nothing is saved, and nothing comes back by itself.
       tmux-persist install --now

agent:        not running
server:       tmux 3.5a, pid 4711, 5 sessions, 7 windows, 9 panes, in
              tmux-server.service
last save:    12 hours ago: 5 sessions, 7 windows, 9 panes
last loss:    none
last restore: none
`,
  ],
  [
    'a server that was stopped, and none since',
    screenOf({
      agent: { ...quiet.agent, state: 'waiting' },
      server: null,
      lastLoss: { ...oomKill, cause: 'stopped', detail: 'a stop was asked for' },
      manifest: { ...saved, ageSeconds: 18_471 },
    }),
    `
Protected. No tmux server runs at the moment.
Last save 5 hours ago: 5 sessions, 9 panes, 2 conversations.
At 03:12, 5 hours ago, the tmux server was stopped; it held 6 sessions. They
come back with the next server.

Nothing needs you.

agent:        waiting since 03:12, pid 812
server:       none
last save:    5 hours ago: 5 sessions, 7 windows, 9 panes
last loss:    03:12, 5 hours ago: stopped (a stop was asked for), 6 sessions
last restore: none
`,
  ],
  [
    'a restore that is under way',
    screenOf({
      agent: { ...quiet.agent, state: 'restoring', since: '2026-11-23T08:19:59.000Z' },
      server: { ...server, sessions: 2, windows: 2, panes: 2 },
      lastLoss: { ...oomKill, at: '2026-11-23T08:19:58.000Z' },
    }),
    `
Restoring now. 2 of 5 sessions are there so far, the rest comes by itself.
Last save 3 s ago: 5 sessions, 9 panes, 2 conversations.
At 08:19, 2 s ago, the tmux server was killed for want of memory; it held 6
sessions.

Nothing needs you.

agent:        restoring since 08:19, pid 812
server:       tmux 3.5a, pid 4711, 2 sessions, 2 windows, 2 panes, in
              tmux-server.service
last save:    3 s ago: 5 sessions, 7 windows, 9 panes
last loss:    08:19, 2 s ago: oom-kill (SIGKILL; 1 OOM kill in its cgroup at
              03:12:09), 6 sessions
last restore: none
`,
  ],
  [
    'programs that memory pressure holds back',
    screenOf({
      lastLoss: oomKill,
      lastRestore: { ...restored, failed: 0 },
      programs: { ...idle, waiting: 46, held: true, unseen: 1 },
    }),
    `
Protected.
Last save 3 s ago: 5 sessions, 9 panes, 2 conversations.
At 03:12, 5 hours ago, the tmux server was killed for want of memory; it held 6
sessions. 5 sessions came back.
46 programs still wait to be started: memory is short, and none is until that is
over. 1 program starts when its pane is looked at.

Nothing needs you.

agent:        watching since 03:12, pid 812
server:       tmux 3.5a, pid 4711, 5 sessions, 7 windows, 9 panes, in
              tmux-server.service
last save:    3 s ago: 5 sessions, 7 windows, 9 panes
last loss:    03:12, 5 hours ago: oom-kill (SIGKILL; 1 OOM kill in its cgroup at
              03:12:09), 6 sessions
last restore: 03:12, 5 hours ago: 5 sessions in 412 ms, conversations: 1
              resumed, 1 offered, 0 missing
`,
  ],
  [
    'a server that crashes again and again',
    screenOf({ lastLoss: { ...oomKill, cause: 'core-dump', detail: 'SIGSEGV' }, lastRestore: restored }, failed, {
      told: [
        {
          code: 'crash-loop',
          message:
            'the tmux server died within a minute of each of the last three restores; nothing is restored by itself any more. Find out why it dies; a restore by hand only offers programs, until a server has lived for a minute',
          hint: 'tmux-persist restore',
        },
      ],
    }),
    `
Not protected: all is saved, but nothing comes back by itself for the time
being.
Last save 3 s ago: 5 sessions, 9 panes, 2 conversations.
At 03:12, 5 hours ago, the tmux server crashed; it held 6 sessions. 5 sessions
came back, 1 could not be restored.

2 things need you:
1. The tmux server died within a minute of each of the last three restores;
   nothing is restored by itself any more. Find out why it dies; a restore by
   hand only offers programs, until a server has lived for a minute.
       tmux-persist restore
2. A session is not back: session-10 (to drop one: tmux-persist forget NAME).
       tmux-persist restore

agent:        watching since 03:12, pid 812
server:       tmux 3.5a, pid 4711, 5 sessions, 7 windows, 9 panes, in
              tmux-server.service
last save:    3 s ago: 5 sessions, 7 windows, 9 panes
last loss:    03:12, 5 hours ago: core-dump (SIGSEGV), 6 sessions
last restore: 03:12, 5 hours ago: 5 sessions in 412 ms, 1 failed, conversations:
              1 resumed, 1 offered, 0 missing
`,
  ],
  [
    'a full disk',
    screenOf({ manifest: { ...saved, ageSeconds: 31 } }, aManifest(), {
      told: [
        {
          code: 'state-unwritable',
          message:
            "cannot write '/home/ann/.local/state/tmux-persist/host/default/manifest.json': ENOSPC, no space left on device; the last good state is kept, and saving goes on by itself once it can be written",
          hint: 'df -h',
        },
      ],
    }),
    `
Not protected: nothing can be saved.
Last save 31 s ago: 5 sessions, 9 panes, 2 conversations.

1 thing needs you:
1. Cannot write
   '/home/ann/.local/state/tmux-persist/host/default/manifest.json': ENOSPC, no
   space left on device; the last good state is kept, and saving goes on by
   itself once it can be written.
       df -h

agent:        watching since 03:12, pid 812
server:       tmux 3.5a, pid 4711, 5 sessions, 7 windows, 9 panes, in
              tmux-server.service
last save:    31 s ago: 5 sessions, 7 windows, 9 panes
last loss:    none
last restore: none
`,
  ],
  [
    "a server in a login's scope",
    screenOf({ server: { ...server, unit: 'session-3.scope' } }),
    `
Protected, but something needs you.
Last save 3 s ago: 5 sessions, 9 panes, 2 conversations.

1 thing needs you:
1. The tmux server lives in session-3.scope, which may end with that login.
       tmux-persist adopt

agent:        watching since 03:12, pid 812
server:       tmux 3.5a, pid 4711, 5 sessions, 7 windows, 9 panes, in
              session-3.scope
last save:    3 s ago: 5 sessions, 7 windows, 9 panes
last loss:    none
last restore: none
`,
  ],
  [
    'lingering that is off',
    screenOf({ lingering: false }),
    `
Protected while you are logged in, and no longer.
Last save 3 s ago: 5 sessions, 9 panes, 2 conversations.

1 thing needs you:
1. Lingering is off: your last logout may end all sessions, and after a reboot
   nothing comes back before you log in.
       loginctl enable-linger

agent:        watching since 03:12, pid 812
server:       tmux 3.5a, pid 4711, 5 sessions, 7 windows, 9 panes, in
              tmux-server.service
last save:    3 s ago: 5 sessions, 7 windows, 9 panes
last loss:    none
last restore: none
`,
  ],
  [
    'an agent that was halted',
    screenOf({ manifest: { ...saved, ageSeconds: 720 } }, aManifest(), { halted: true }),
    `
Not protected: the agent stands still, so nothing is saved.
Last save 12 min ago: 5 sessions, 9 panes, 2 conversations.

1 thing needs you:
1. The agent (pid 812) was halted by a signal: until it goes on nothing is
   saved.
       kill -CONT 812

agent:        watching since 03:12, pid 812
server:       tmux 3.5a, pid 4711, 5 sessions, 7 windows, 9 panes, in
              tmux-server.service
last save:    12 min ago: 5 sessions, 7 windows, 9 panes
last loss:    none
last restore: none
`,
  ],
  [
    'several problems, and a name that would drive a terminal',
    screenOf(
      { lingering: false, server: { ...server, unit: 'session-3.scope' }, manifest: { ...saved, ageSeconds: 720 } },
      aManifest({
        pending: [aPending({ ...aSession(10), name: `evil\u001b]0;x\u0007 ${'n'.repeat(70)}` }, { how: 'lost' })],
      }),
    ),
    `
Not protected: the last save is too old.
Last save 12 min ago: 5 sessions, 9 panes, 2 conversations.

4 things need you:
1. The agent runs, but the saved state was last confirmed 12 min ago.
       journalctl --user -u tmux-persist
2. Lingering is off: your last logout may end all sessions, and after a reboot
   nothing comes back before you log in.
       loginctl enable-linger
3. The tmux server lives in session-3.scope, which may end with that login.
       tmux-persist adopt
4. A session is not back: evil\\x1b]0;x\\x07 nnnnnnnnnnnnnnnnnnnn... (to drop one:
   tmux-persist forget NAME).
       tmux-persist restore

agent:        watching since 03:12, pid 812
server:       tmux 3.5a, pid 4711, 5 sessions, 7 windows, 9 panes, in
              session-3.scope
last save:    12 min ago: 5 sessions, 7 windows, 9 panes
last loss:    none
last restore: none
`,
  ],
];

for (const [name, screen, expected] of CASES)
  test(`status says in sentences where its user stands: ${name}`, () => {
    assert.equal(screen.join('\n'), expected.slice(1, -1));
  });

test('no line of a status is longer than 80 columns but a command, and none has more than plain ASCII of ours', () => {
  for (const [name, screen] of CASES)
    for (const line of screen) {
      assert.match(line, /^[ -~]*$/, name);
      assert.ok(line.length <= 80 || /^ {7}\S/.test(line), line);
    }
});

test('a kill-server is told as what it was, with what undo would bring back', () => {
  const closed = [
    { closedAt: '2026-11-23T08:15:00.000Z', how: 'kill-server' as const, session: aSession(10), windows: [] },
  ];
  const lines = screenOf(
    {
      server: null,
      lastLoss: { ...oomKill, at: '2026-11-23T08:15:00.000Z', cause: 'kill-server', detail: 'by its user' },
    },
    aManifest({ closed, sessions: [] }),
  );
  assert.equal(lines[0], 'Protected. No tmux server runs at the moment.');
  assert.ok(lines.join(' ').includes('was ended by its user (kill-server); what it held counts as closed.'));
  assert.ok(lines.includes('closed:       1 session by kill-server 5 min ago: session-10 (tmux-persist undo)'));
});

test('a restore by hand, a while after the loss, has a time of its own', () => {
  const lines = screenOf({
    lastLoss: oomKill,
    lastRestore: { ...restored, at: '2026-11-23T08:00:00.000Z', failed: 0, skipped: 2 },
  });
  assert.ok(
    lines.join(' ').includes('At 08:00, 20 min ago, 5 sessions came back, 2 of a name that was taken were kept aside.'),
  );
});

test('what happened on another day has its day', () => {
  const lines = screenOf({ lastLoss: { ...oomKill, at: '2026-11-20T03:12:09.000Z' } });
  assert.ok(lines.includes('At 20 Nov 03:12, 3 days ago, the tmux server was killed for want of memory; it'));
});

test('an agent that is starting protects nobody yet, and many offers are counted', () => {
  assert.equal(
    screenOf({ agent: { ...quiet.agent, state: 'starting' } })[0],
    'Not protected yet: the agent is starting.',
  );
  const offered = Array.from({ length: 7 }, (_, at) => ({ pane: `s:${String(at)}.0`, program: 'vim' }));
  const lines = screenOf({ programs: { ...idle, offered } }).join(' ');
  assert.match(lines, /1\. 7 programs wait for Enter in their panes, .* s:4\.0 +\(vim\) and 2 more\./);
});
