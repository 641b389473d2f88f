/** A shared machine of thirty users, enrolled at once and then restarted: what it costs, and that everybody is back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { machineTests } from './machine-tests.js';
import { suites } from './root.js';
import { installForAll, roster } from './roster-rig.js';

const COUNT = 30;
const NAMES = Array.from({ length: COUNT }, (_, at) => `user${String(at + 1).padStart(2, '0')}`);

/** Each has a session of its own, and one or two that the ancestor saved. */
const EXPECTED = NAMES.map((name, at) => `${name}: ${['live', 'one', ...(at % 2 === 0 ? ['two'] : [])].join(' ')}`);

const MAKE = `
mkdir -p /var/lib/tmux-persist
for u in "$@"; do
  useradd --create-home --shell /bin/bash "$u"
  echo "$u@web=$u"
  printf 'one\t/home/%s\t\n' "$u" >/var/lib/tmux-persist/$u.tsv
  # Every second one has another one.
  case $u in *[13579]) printf 'two\t/usr/share\t\n' >>/var/lib/tmux-persist/$u.tsv;; esac
done >/etc/ttyd-user-map`;

const OPEN = 'for u in "$@"; do runuser -u $u -- env -C / HOME=/home/$u tmux -N new-session -d -s live; done';

const LIST = `for u in "$@"; do
  echo $u: $(runuser -u $u -- tmux -N list-sessions -F '#{session_name}' 2>/dev/null | sort)
done`;

/** Prints name, Pss and private memory in KiB of every process of these users. */
const MEASURE = `cd /proc; for p in [0-9]*; do
  u=$(stat -c %U $p 2>/dev/null) || continue
  case $u in user[0-9]*) awk -v name="$(tr ' ' _ <$p/comm)" '/^Pss:/ {pss = $2} /^Private_/ {own += $2} END {print name, pss, own}' $p/smaps_rollup 2>/dev/null;; esac
done`;

machineTests(
  'a roster of thirty users',
  (rig) => {
    test('thirty users are enrolled with one command, and after a reboot everybody has everything back', async (t) => {
      const { machine } = rig;
      await installForAll(machine);
      const script = (text: string): Promise<string> =>
        machine.run(['sh', '-c', text, 'sh', ...NAMES], { timeoutMs: 60_000 });
      await script(MAKE);
      const enrolling = performance.now();
      const enrolled = await roster(machine, 'enroll');
      const took = performance.now() - enrolling;
      assert.equal(enrolled.code, 0, enrolled.stdout + enrolled.stderr);
      assert.match(enrolled.stdout, /^enrolled 30 of 30 users, 0 were so already, 0 failed$/m);
      t.diagnostic(`enrolled in ${seconds(took)}, ${seconds(took / COUNT)} a user`);
      await script(OPEN);
      const statusAt = performance.now();
      await machine.waitFor(
        'all to be saved',
        async () => {
          const { users } = JSON.parse((await roster(machine, 'status', '--json')).stdout) as {
            readonly users: readonly { readonly protected: boolean; readonly savedSessions: number }[];
          };
          assert.deepEqual(
            new Set(users.map((user) => [user.protected, user.savedSessions].join())),
            new Set(['true,1']),
          );
        },
        { deadlineMs: 60_000 },
      );
      t.diagnostic(`roster status of all: ${seconds(performance.now() - statusAt)}`);

      const rebooting = performance.now();
      await machine.reboot();
      const up = performance.now();
      await machine.waitFor(
        'everything of everybody',
        async () => {
          assert.deepEqual((await script(LIST)).split('\n'), EXPECTED);
        },
        { deadlineMs: 90_000 },
      );
      const back = performance.now();
      t.diagnostic(
        `all are back ${seconds(back - up)} after the machine was up, ${seconds(back - rebooting)} after the reboot was asked for`,
      );
      const rows = (await script(MEASURE)).split('\n').map((row) => row.split(' '));
      const sum = (at: number, ...names: readonly string[]): string => {
        const chosen = rows.filter(([name = '']) => names.length === 0 || names.some((one) => name.startsWith(one)));
        return `${(chosen.reduce((total, row) => total + Number(row[at]), 0) / 1024 / COUNT).toFixed(1)} MB`;
      };
      t.diagnostic(
        `memory a user: agent ${sum(2, 'node', 'MainThread')} private, ${sum(1, 'node', 'MainThread')} PSS; ` +
          `tmux ${sum(1, 'tmux')}, shells ${sum(1, 'bash')}, all processes ${sum(1)} PSS`,
      );
      assert.ok(rows.length >= COUNT);
    });
  },
  suites().filter((suite) => suite === 'trixie'),
);

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
