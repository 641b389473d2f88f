/** Doctor on a real machine: what is broken is found, and the command that it names, pasted into a shell, mends it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Check } from '../../src/model/doctor.js';
import type { Machine, User } from './machine.js';
import { machineTests } from './machine-tests.js';
import { checkOf } from './product.js';

/** What is done to a good installation, and the check that has to find it. */
const BREAKS: readonly (readonly [check: string, status: Check['status'], command: string])[] = [
  ['agent', 'fail', 'systemctl --user stop tmux-persist'],
  ['units', 'fail', 'systemctl --user disable --now tmux-persist'],
  ['units', 'fail', 'systemctl --user disable tmux-server'],
  ['units', 'fail', 'systemctl --user mask tmux-persist'],
  ['units', 'warn', 'touch ~/.local/share/systemd/user/tmux-persist.service'],
  ['agent-markers', 'warn', 'tmux set-environment -g CLAUDECODE 1'],
  ['agent-markers', 'warn', 'systemctl --user set-environment CLAUDECODE=1'],
  ['other-savers', 'warn', 'tmux set-option -g @continuum-save-interval 15'],
  // With the interval of 0 that is left from before, nothing else is amiss.
  ['other-savers', 'warn', 'tmux set-option -g @continuum-restore on'],
  ['options', 'warn', 'tmux set-option -g @tmux-persist-scrollback lots'],
];

machineTests('doctor', (rig) => {
  test('what doctor finds is mended by the command that it names', async () => {
    const { machine } = rig;
    const user = await rig.addInstalledUser();
    await machine.run(['tmux', 'new-session', '-d', '-s', 'work'], { user });
    const pid = await machine.run(['tmux', 'display-message', '-p', '#{pid}'], { user });
    for (const [id, status, command] of BREAKS) {
      await shell(machine, user, command);
      const found = await machine.waitFor(`doctor to find '${command}'`, async () => {
        const check = await checkOf(machine, user, id);
        assert.equal(check.status, status, JSON.stringify(check));
        return check;
      });
      assert.ok(found.hint !== null, `${command}: ${found.message}`);
      await shell(machine, user, found.hint);
      await machine.waitFor(`'${found.hint}' to mend '${command}'`, async () => {
        const check = await checkOf(machine, user, id);
        assert.equal(check.status, 'ok', JSON.stringify(check));
      });
    }
    assert.equal(await machine.run(['tmux', 'display-message', '-p', '#{pid}'], { user }), pid);
  });
});

const shell = (machine: Machine, user: User, line: string): Promise<string> =>
  machine.run(['sh', '-c', line], { user, timeoutMs: 60_000 });
