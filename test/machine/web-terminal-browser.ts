/**
 * A headless Chromium and its tabs, each with ttyd's page. Nothing here presses a key but `type`; what a tab shows is read from the
 * page's own terminal (xterm.js), so it is what a person would see.
 */
import assert from 'node:assert/strict';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { chromium, type Browser as Chromium, type Page } from 'playwright-core';

/** What a tab shows: its rows, of each the colours of its characters, and its cursor. */
export interface Picture {
  readonly rows: readonly string[];
  readonly colours: readonly string[];
  readonly cursor: string;
}

/** Either is enough; the first is smaller. */
const PROGRAMS = ['chromium-headless-shell', 'chromium'];
const DEADLINE_MS = 60_000;
/** ttyd's page keeps its terminal in window.term, and says in the console when it is connected. */
const CONNECTED = '[ttyd] websocket connection opened';
const READ = `(() => {
  const { term } = window;
  const buffer = term?.buffer.active;
  const lines = buffer ? Array.from({ length: term.rows }, (_, y) => buffer.getLine(buffer.baseY + y)) : [];
  const cells = (line) => Array.from({ length: term.cols }, (_, x) => line.getCell(x)).filter((cell) => cell.getChars().trim());
  return {
    rows: lines.map((line) => line.translateToString().trimEnd()),
    colours: lines.map((line) => [...new Set(cells(line).map((cell) => cell.getFgColor()))].join(' ')),
    cursor: buffer ? [buffer.cursorX, buffer.cursorY].join() : '',
  };
})()`;

/** A browser that is closed with the test that opened it. */
export class Browser {
  readonly #chromium: Chromium;

  private constructor(running: Chromium) {
    this.#chromium = running;
  }

  /** Returns a browser of this host; rejects where there is none, with the package to install. */
  static async open(): Promise<Browser> {
    const executablePath = PROGRAMS.map(onPath).find((file) => file !== null);
    assert(
      executablePath != null,
      `the web terminal is looked at with ${PROGRAMS.join(' or ')}: sh test/machine/prepare.sh`,
    );
    return new Browser(await chromium.launch({ executablePath, args: ['--disable-gpu'], timeout: DEADLINE_MS }));
  }

  /** Returns a new tab with the page. */
  async openTab(url: string): Promise<Tab> {
    const page = await this.#chromium.newPage({ viewport: { width: 800, height: 360 } });
    const tab = new Tab(page);
    // Drawn as text: without a graphics card everything else is slow.
    await page.goto(`${url}?rendererType=dom&disableResizeOverlay=true`, { timeout: DEADLINE_MS });
    return tab;
  }

  async close(): Promise<void> {
    await this.#chromium.close();
  }
}

/** One tab. */
export class Tab {
  readonly #page: Page;
  #connections = 0;

  constructor(page: Page) {
    this.#page = page;
    page.on('console', (message) => {
      if (message.text() === CONNECTED) this.#connections++;
    });
  }

  /** How often its page was connected; the terminal of each connection begins empty. */
  get connections(): number {
    return this.#connections;
  }

  /** Returns what it shows now. */
  async look(): Promise<Picture> {
    return this.#page.evaluate<Picture>(READ);
  }

  /** Types at its keyboard. */
  async type(text: string): Promise<void> {
    await this.#page.keyboard.type(text);
  }

  /** Returns what it shows as a PNG. */
  async photograph(): Promise<Buffer> {
    return this.#page.screenshot();
  }

  /** Closes it as a person does who is not asked. */
  async close(): Promise<void> {
    await this.#page.close();
  }
}

function onPath(program: string): string | null {
  const files = (process.env['PATH'] ?? '').split(':').map((folder) => path.join(folder, program));
  return (
    files.find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    }) ?? null
  );
}
