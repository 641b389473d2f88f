/**
 * A shell at which somebody types: a real one in a pane, with the completion that the program prints. What it would run comes back as words.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PROGRAM, type AgentRig } from '../support/agent-rig.js';
import { waitFor } from '../support/tmux-rig.js';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type ShellName = (typeof SHELLS)[number];

/** The Tab key, among what is typed. */
export const TAB = Symbol('Tab');

/** One interactive shell of a rig's server. */
export class ShellRig {
  private constructor(
    readonly rig: AgentRig,
    readonly shell: ShellName,
    readonly folder: string,
    readonly pane: string,
  ) {}

  /** Starts a shell where `tmux-persist` completes as installed; its folder is the working directory. */
  static async start(rig: AgentRig, shell: ShellName): Promise<ShellRig> {
    const folder = join(rig.home, `in ${shell}`);
    await mkdir(join(folder, 'bin'), { recursive: true });
    // The command itself is not what is tested: it only writes down how it was called.
    const script = [
      '#!/bin/sh',
      'case " $* " in',
      `*" completion-words "*) echo asked >>"$ASKED"; exec '${process.execPath}' '${PROGRAM}' "$@" ;;`,
      'esac',
      'printf "%s\\n" "$@" >"$CALLED.new"; mv "$CALLED.new" "$CALLED"',
    ];
    await writeFile(join(folder, 'bin/tmux-persist'), `${script.join('\n')}\n`, { mode: 0o755 });
    const printed = await rig.run(['completion', shell]);
    const command = await this.#configure(folder, shell, printed.stdout);
    const env = {
      PATH: `${join(folder, 'bin')}:${rig.env['PATH'] ?? ''}`,
      HOME: folder,
      ZDOTDIR: folder,
      XDG_STATE_HOME: join(rig.home, '.local/state'),
      TMUX_TMPDIR: rig.home,
      ASKED: join(folder, 'asked'),
      CALLED: join(folder, 'called'),
    };
    // A client's own PATH would go before that of -e.
    const exports = Object.entries(env).map(([name, value]) => `export ${name}='${value}'\n`);
    await writeFile(join(folder, 'enter'), `${exports.join('')}${command}\n`);
    const pane = await rig.tmux(
      ...['new-window', '-d', '-P', '-F', '#{pane_id}', '-t', 'own:', '-c', folder, '. ./enter'],
    );
    const started = new ShellRig(rig, shell, folder, pane);
    await waitFor(`the prompt of ${shell}`, async () => /^> ?$/m.test(await started.screen()));
    return started;
  }

  static async #configure(folder: string, shell: ShellName, script: string): Promise<string> {
    const put = async (path: string, text: string): Promise<void> => {
      await mkdir(join(folder, path, '..'), { recursive: true });
      await writeFile(join(folder, path), text);
    };
    switch (shell) {
      case 'bash':
        await put('completion', script);
        await put('rc', "PS1='> '; . ./completion\n");
        return 'exec bash --noprofile --rcfile rc -i';
      case 'zsh':
        await put('functions/_tmux-persist', script);
        await put('.zshrc', "PS1='> '; fpath=(~/functions $fpath); autoload -U compinit; compinit -D -u\n");
        return 'exec zsh -d -i';
      case 'fish':
        await put('.config/fish/completions/tmux-persist.fish', script);
        await put('.config/fish/config.fish', "function fish_prompt; echo '> '; end; set -g fish_greeting\n");
        return 'exec fish -i';
    }
  }

  screen(): Promise<string> {
    return this.rig.tmux('capture-pane', '-p', '-t', this.pane);
  }

  /** Types `tmux-persist` with these keys behind it, and Enter; returns the words that it was called with. */
  async call(...keys: readonly (string | typeof TAB)[]): Promise<string[]> {
    const called = join(this.folder, 'called');
    await rm(called, { force: true });
    for (const key of ['tmux-persist ', ...keys]) {
      await this.rig.tmux('send-keys', '-t', this.pane, ...(key === TAB ? ['Tab'] : ['-l', '--', key]));
    }
    await this.rig.tmux('send-keys', '-t', this.pane, 'Enter');
    const text = await waitFor(
      `the call from ${this.shell}`,
      () => readFile(called, 'utf8').catch(() => null),
      60_000,
    ).catch(async (error: unknown) => {
      throw new Error(`${String(error)}; there is:\n${await this.screen()}`);
    });
    return text.replace(/\n$/, '').split('\n');
  }

  /** How often the program was asked for words. */
  async asked(): Promise<number> {
    const text = await readFile(join(this.folder, 'asked'), 'utf8').catch(() => '');
    return text.split('\n').length - 1;
  }
}
