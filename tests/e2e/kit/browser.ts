import { existsSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { it } from '@jest/globals';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Chromium of this machine; `CHROMIUM_PATH` names another one. Undefined where there is none. */
export const chromiumPath: string | undefined = [process.env['CHROMIUM_PATH'], ...places].find(
  (file) => file !== undefined && existsSync(file),
);

const reason = 'skipped: no Chromium here; install it (Debian: apt-get install chromium) or set CHROMIUM_PATH';
if (chromiumPath === undefined) process.stdout.write(`${reason}\n`);

/** `it` where there is a browser; else the test is skipped with the reason in its name. */
export const itInBrowser = (name: string, run: () => Promise<void>, timeoutMs?: number): void =>
  chromiumPath === undefined ? it.skip(`${name} (${reason})`, run) : it(name, run, timeoutMs);

/** A headless browser that talks to loopback only: what Chromium asks of its maker's hosts by itself is turned off. */
export const openBrowser = (): Promise<Browser> =>
  chromium.launch({
    ...(chromiumPath === undefined ? {} : { executablePath: chromiumPath }),
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });

/** A visitor with an own browser profile. Says what people's browsers say: a headless one is taken for a robot. */
export async function openVisitor(browser: Browser): Promise<BrowserContext> {
  const version = browser.version().split('.')[0];
  return browser.newContext({
    userAgent: `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version}.0.0.0 Safari/537.36`,
    viewport: { width: 1280, height: 860 },
    colorScheme: 'light',
    locale: 'en-GB',
  });
}

const shots = process.env['KAIROS_E2E_SHOTS'] ?? path.join(tmpdir(), 'kairos-e2e-shots');

/** A picture to look at, in `KAIROS_E2E_SHOTS` or the temporary folder. */
export async function takePicture(page: Page, name: string): Promise<void> {
  mkdirSync(shots, { recursive: true });
  await page.screenshot({ path: path.join(shots, `${name}.png`), fullPage: true });
}
