// The `test` of this suite: a page that is watched. Whatever the browser complains about,
// be it an error, a refused resource or a page that did not wake up, fails the test.

import { AxeBuilder } from '@axe-core/playwright';
import { type Locator, type Page, expect, test as base } from '@playwright/test';
import { randomInt } from 'node:crypto';
import { stage } from './stage.ts';

/** Complaints that a test expects, by a part of their text. */
type Expected = { expectedComplaints: RegExp[] };

export const test = base.extend<Expected>({
  expectedComplaints: [[], { option: true }],

  baseURL: async ({}, use) => use(stage().base),

  // Everybody has an address of their own, as they do in life: log-ins are throttled by address.
  extraHTTPHeaders: async ({}, use) => use({ 'x-forwarded-for': `10.${randomInt(256)}.${randomInt(256)}.${randomInt(256)}` }),

  page: async ({ page, expectedComplaints }, use) => {
    const complaints: string[] = [];
    watch(page, complaints);
    await use(page);
    const unexpected = complaints.filter((text) => !expectedComplaints.some((known) => known.test(text)));
    expect(unexpected, 'the browser has nothing to complain about').toEqual([]);
  },
});

function watch(page: Page, complaints: string[]): void {
  page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`));
  page.on('console', (message) => {
    // Leptos warns of a mismatch between server and browser, the browser of policies and bad markup.
    if (tellsOfTheMachine(message.text())) return;
    if (message.type() === 'error' || message.type() === 'warning') {
      complaints.push(`${message.type()}: ${message.text()} (${message.location().url})`);
    }
  });
  page.on('response', (response) => {
    if (response.status() >= 500) complaints.push(`${response.status()} ${response.url()}`);
  });
}

/** Chromium gives what is preloaded three seconds to be used: more than enough, unless the machine is busy with others. */
function tellsOfTheMachine(text: string): boolean {
  return text.includes('was preloaded using link preload but not used within a few seconds') || tellsOfUs(text);
}

/** Playwright looks into every frame with a script of its own; in the frame of a letter nothing may run, and the browser says so. */
function tellsOfUs(text: string): boolean {
  return text.startsWith("Blocked script execution in 'about:srcdoc'");
}

/**
 * Waits until the page is loaded and its WebAssembly has taken over; without JavaScript there is
 * nothing more to wait for. Clicking earlier is allowed (links and forms work before) but proves nothing.
 */
export async function awake(page: Page): Promise<void> {
  await page.waitForLoadState();
  if (test.info().project.use.javaScriptEnabled === false) return;
  await page.waitForFunction(() => document.documentElement.dataset.awake === 'true');
}

/** Takes a step that asks once more: the button opens the one that does it. */
export async function confirmed(place: Page | Locator, button: string): Promise<void> {
  await place.locator('summary', { hasText: button }).click();
  await place.getByRole('button', { name: `${button} now` }).click();
}

/** Whether this project runs scripts. */
export function hasScripts(): boolean {
  return test.info().project.use.javaScriptEnabled !== false;
}

/** Fails when axe finds a violation on the page as it is now. */
export async function accessible(page: Page): Promise<void> {
  // axe itself is a script; the project without JavaScript leaves it to the others.
  if (!hasScripts()) return;
  // After a step within the browser the next page may still be on its way.
  await expect(page.locator('h1')).not.toHaveCount(0);
  // What is half under a bar that stays, is so only by where one has scrolled to.
  await page.evaluate(() => window.scrollTo({ top: 0, behavior: 'instant' }));
  // Something that fades out or grows just now has no contrast of its own: meanwhile it is at once what it becomes.
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const { violations } = await new AxeBuilder({ page })
    // A letter in its frame runs no scripts, so that axe, which is one, would wait in it for ever.
    .exclude('iframe[sandbox]')
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    // Experimental in axe, and off unless asked for by a tag: it takes the initials in an avatar for a word.
    .disableRules(['label-content-name-mismatch'])
    .analyze();
  await page.emulateMedia({ reducedMotion: null });
  const found = violations.map(({ id, help, nodes }) => ({
    id,
    help,
    nodes: nodes.map((node) => `${node.html} — ${node.failureSummary}`),
  }));
  // The test goes on, so that one run shows what is wrong on every page.
  expect.soft(found, `axe on ${page.url()}`).toEqual([]);
}

/** Fails when the page is wider than the screen, on a phone also than the narrowest one (in CSS pixels). */
export async function fits(page: Page, narrowest?: number): Promise<void> {
  if (!hasScripts()) return;
  const size = page.viewportSize();
  if (narrowest !== undefined && size !== null && test.info().project.use.isMobile) {
    await page.setViewportSize({ ...size, width: narrowest });
    await fits(page);
    await page.setViewportSize(size);
  }
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect.soft(overflow, `${page.url()} scrolls sideways`).toBeLessThanOrEqual(0);
}

export { expect };
