/** What is never started again, whoever lists it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseProgramChoice } from '../../../src/model/program-choices.js';
import { isDenied } from '../../../src/programs/plain/deny-list.js';
import { listedFamily } from '../../../src/programs/plain/listed.js';
import { isHarmlessFor } from '../../../src/programs/plain/plain-family.js';

const denied: readonly string[] = [
  ...[
    'sudo htop',
    '/usr/bin/sudo -i',
    'doas x',
    'su',
    'su - me',
    'pkexec x',
    'dd if=/dev/zero of=/dev/sda',
    'mkfs /dev/sda',
  ],
  ...[
    'mkfs.ext4 /dev/sda',
    'rm -rf /',
    'rm',
    'git push',
    'git -C /x push --force',
    'terraform apply',
    'terraform plan',
    'tofu x',
  ],
  ...[
    'kubectl apply -f x',
    'kubectl -n ns delete pod x',
    'curl https://x',
    'wget x',
    'sh -c x',
    'bash script.sh',
    'zsh x',
    'fish -c x',
  ],
  ...[
    '/bin/sh x',
    'busybox rm x',
    'python -c x',
    'python3.11 -c x',
    'perl -e x',
    'node -e x',
    'find / -delete',
    'systemctl reboot',
  ],
  ...['shutdown now', 'kill -9 -1', 'helm upgrade x'],
  // What runs another command is judged by that one.
  ...[
    'env X=1 sudo x',
    'nohup curl x',
    'nice -n 5 dd x',
    'timeout 5 rm x',
    'xargs rm',
    'watch sudo x',
    'watch -n1 kubectl apply -f x',
  ],
  ...[
    'ssh host sudo reboot',
    'ssh -t host sh -c x',
    'docker exec -it c sh -c x',
    'docker rm c',
    'kubectl exec -it p -- rm x',
  ],
  ...['env nice nohup /usr/bin/sudo x', 'npx rm x', 'mosh host -- curl x'],
];

for (const line of denied) {
  test(`'${line}' is never started, whatever its user lists`, () => {
    const argv = line.split(' ');
    assert.equal(isDenied(argv), true);
    for (const choice of ['*', '*=auto', argv[0] ?? '', `${argv[0] ?? ''}=auto`]) {
      const choices = [parseProgramChoice(choice) ?? []].flat();
      assert.equal(isHarmlessFor(listedFamily(choices), argv), false, choice);
    }
  });
}

const fine: readonly string[] = [
  ...[
    'vim rm',
    'less sudo',
    'git log',
    'git status',
    'kubectl get pods -w',
    'kubectl exec -it p -- bash',
    'docker exec -it c bash -l',
  ],
  ...[
    'ssh host',
    'ssh -t host tmux attach',
    'watch ls',
    'bash',
    'bash -l',
    'python3 app.py',
    'node server.js',
    'env',
    'mkfsx',
    'find . -name x',
  ],
  ...['make', 'npm run dev', 'perl app.pl', 'systemctl status x', 'nice -n 5 htop'],
];

for (const line of fine) {
  test(`'${line}' is not denied`, () => {
    assert.equal(isDenied(line.split(' ')), false);
  });
}

test('a word inside a line for a shell counts too, and so does one that is hidden in bytes that are no text', () => {
  assert.equal(isDenied(['watch', 'ls; sudo x']), true);
  assert.equal(isDenied(['ssh', 'host', 'cd /x && rm -rf y']), true);
  assert.equal(isDenied(['watch', '$(curl x)']), true);
  assert.equal(isDenied(['env', { base64: btoa('sudo') }]), true);
  assert.equal(isDenied([]), true);
});

test('a command of thousands of words is judged at once', () => {
  const started = performance.now();
  assert.equal(isDenied(Array.from({ length: 5000 }, () => 'env')), false);
  assert.ok(performance.now() - started < 15_000);
});
