// Takes docs/screenshots/<page>-<theme>-<screen>.png. Not a test: it fails only when a page cannot be reached.

import type { Browser, BrowserContext, Page } from '@playwright/test';
import { expect, test } from '@playwright/test';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { freshEmail } from '../support/api.ts';
import { customerSignsIn, staffSignsIn } from '../support/people.ts';
import { desktop, phone } from '../support/settings.ts';
import { demo, stage } from '../support/stage.ts';
import { awake } from '../support/test.ts';

const folder = process.env.PERENNIAL_E2E_SHOTS ?? '../docs/screenshots';
const screens = { desktop, phone };
/** Taller pages are cut, in CSS pixels. */
const TALLEST = 1_600;
const themes = ['light', 'dark'] as const;

type Session = Awaited<ReturnType<BrowserContext['storageState']>>;

/** Signs in once and remembers the cookies for all themes and screens. */
async function signedIn(browser: Browser, signIn: (page: Page) => Promise<void>): Promise<Session> {
  const context = await browser.newContext({ baseURL: stage().base, ...desktop });
  await signIn(await context.newPage());
  const session = await context.storageState();
  await context.close();
  return session;
}

/** Takes one page in both themes on both screens. */
async function shoot(browser: Browser, name: string, path: string, session?: Session): Promise<void> {
  for (const [screen, size] of Object.entries(screens)) {
    for (const theme of themes) {
      const context = await browser.newContext({
        baseURL: stage().base,
        colorScheme: theme,
        storageState: session,
        locale: 'en-US',
        ...size,
        // The pictures are looked at on any screen; a phone's three pixels for one only make them heavy.
        deviceScaleFactor: 1,
      });
      const page = await context.newPage();
      const answer = await page.goto(path);
      expect(answer?.ok(), `${path} answers ${answer?.status()}`).toBe(true);
      if ((await page.locator('script[type=module]').count()) > 0) await awake(page);
      await page.evaluate(() => document.fonts.ready);
      // As tall a screen as the page needs, so that bars stay at its end; long lists are cut.
      const needed = await page.evaluate(() => document.documentElement.scrollHeight);
      await page.setViewportSize({
        width: size.viewport.width,
        height: Math.min(Math.max(needed, size.viewport.height), TALLEST),
      });
      await page.screenshot({ path: join(folder, `${name}-${theme}-${screen}.png`), animations: 'disabled' });
      await context.close();
    }
  }
}

/** The first link of a list, as an address. */
async function first(browser: Browser, session: Session, list: string, links: string): Promise<string> {
  const context = await browser.newContext({ baseURL: stage().base, storageState: session, ...desktop });
  const page = await context.newPage();
  await page.goto(list);
  const href = await page.locator(links).first().getAttribute('href');
  await context.close();
  if (!href) throw new Error(`${list} has no ${links}`);
  return href;
}

test.beforeAll(() => mkdir(folder, { recursive: true }));

test('front page and entrances', async ({ browser }) => {
  await shoot(browser, 'landing', '/');
  await shoot(browser, 'portal-sign-in', `/p/${demo.slug}/sign-in`);
  await shoot(browser, 'dashboard-sign-in', '/dashboard/sign-in');
});

test('portal', async ({ browser }) => {
  const session = await signedIn(browser, (page) => customerSignsIn(page, demo.slug, demo.customer));
  const at = (tail: string) => `/p/${demo.slug}${tail}`;
  await shoot(browser, 'portal-home', at(''), session);
  await shoot(browser, 'portal-earn', at('/earn'), session);
  await shoot(browser, 'portal-activity', at('/activity'), session);
  const purchase = await first(browser, session, at('/activity'), 'a.timeline__what[href*="/activity/"]');
  await shoot(browser, 'portal-purchase', purchase, session);
  await shoot(browser, 'portal-cashback', at('/cashback'), session);
  await shoot(browser, 'portal-rewards', at('/rewards'), session);
  const reward = await first(browser, session, at('/rewards'), '.reward h3 a');
  await shoot(browser, 'portal-reward', reward, session);
  await shoot(browser, 'portal-vouchers', at('/vouchers'), session);
  const voucher = await first(browser, session, at('/vouchers'), 'a.voucher__name');
  await shoot(browser, 'portal-voucher', voucher, session);
  await shoot(browser, 'portal-tiers', at('/tiers'), session);
  await shoot(browser, 'portal-card', at('/card'), session);
  await shoot(browser, 'portal-claim', at('/claim'), session);
  await shoot(browser, 'portal-you', at('/you'), session);
  await shoot(browser, 'portal-invite', at('/invite'), session);
  await shoot(browser, 'portal-notifications', at('/notifications'), session);
  await shoot(browser, 'portal-messages', at('/messages'), session);
  await shoot(browser, 'portal-your-data', at('/your-data'), session);
  await shoot(browser, 'portal-leave', at('/leave'), session);
  await shoot(browser, 'mailbox', '/dev/mailbox');
});

test('a portal before the first purchase', async ({ browser }) => {
  const { slug } = stage().merchant;
  const session = await signedIn(browser, (page) => customerSignsIn(page, slug, freshEmail()));
  await shoot(browser, 'portal-home-empty', `/p/${slug}`, session);
});

test('dashboard', async ({ browser }) => {
  const session = await signedIn(browser, (page) => staffSignsIn(page, demo.owner));
  await shoot(browser, 'dashboard-home', '/dashboard', session);
  for (const list of ['promotions', 'products', 'retailers']) {
    await shoot(browser, `dashboard-${list}`, `/dashboard/${list}`, session);
    const detail = await first(browser, session, `/dashboard/${list}`, `td a[href^="/dashboard/${list}/"]`);
    await shoot(browser, `dashboard-${list.replace(/s$/, '')}`, detail, session);
  }
  // Somebody about whom there is something to see.
  const found = `/dashboard/customers?q=${encodeURIComponent(demo.customer)}`;
  const customer = await first(browser, session, found, 'td a[href^="/dashboard/customers/"]');
  await shoot(browser, 'dashboard-customers', '/dashboard/customers', session);
  await shoot(browser, 'dashboard-customer', customer, session);
  for (const part of ['adjust', 'edit', 'merge', 'privacy', 'redeem', 'tier']) {
    await shoot(browser, `dashboard-customer-${part}`, `${customer}/${part}`, session);
  }
  for (const tab of ['lots', 'rewards', 'friends', 'entries']) {
    await shoot(browser, `dashboard-customer-${tab}`, `${customer}?tab=${tab}`, session);
  }
  const purchase = await first(browser, session, `${customer}?tab=purchases`, 'td a[href^="/dashboard/purchases/"]');
  await shoot(browser, 'dashboard-purchases', '/dashboard/purchases', session);
  await shoot(browser, 'dashboard-purchase', purchase, session);
  await shoot(browser, 'dashboard-purchase-return', `${purchase}/return`, session);
  await shoot(browser, 'dashboard-cashback', '/dashboard/cashback', session);
  const offer = await first(browser, session, '/dashboard/cashback?state=active', 'td a[href^="/dashboard/cashback/"]');
  await shoot(browser, 'dashboard-cashback-offer', offer, session);
  await shoot(browser, 'dashboard-policies', '/dashboard/policies', session);
  const policy = await first(browser, session, '/dashboard/policies?state=running', 'td a[href^="/dashboard/policies/"]');
  await shoot(browser, 'dashboard-policy', `${policy}?try=90`, session);
  await shoot(browser, 'dashboard-messages', '/dashboard/messages', session);
  await shoot(browser, 'dashboard-message', '/dashboard/messages/tier_up', session);
  await shoot(browser, 'dashboard-policy-new', '/dashboard/policies/new?template=birthday-points', session);
  await shoot(browser, 'dashboard-rewards', '/dashboard/rewards', session);
  const reward = await first(browser, session, '/dashboard/rewards', 'td a[href^="/dashboard/rewards/"]');
  await shoot(browser, 'dashboard-reward', reward, session);
  await shoot(browser, 'dashboard-reward-new', '/dashboard/rewards/new', session);
  await shoot(browser, 'dashboard-voucher', '/dashboard/redemptions/voucher', session);
  await shoot(browser, 'dashboard-redemptions', '/dashboard/redemptions', session);
  const every = '/dashboard/redemptions?state=all';
  const redemption = await first(browser, session, every, 'td a[href^="/dashboard/redemptions/"]');
  await shoot(browser, 'dashboard-redemption', redemption, session);
  await shoot(browser, 'dashboard-tiers', '/dashboard/tiers', session);
  const tier = await first(browser, session, '/dashboard/tiers', 'a.tier');
  await shoot(browser, 'dashboard-tier', tier, session);
  await shoot(browser, 'dashboard-referrals', '/dashboard/referrals', session);
  await shoot(browser, 'dashboard-leaderboard', '/dashboard/leaderboard', session);
  await shoot(browser, 'dashboard-returns', '/dashboard/purchases/returns', session);
  await shoot(browser, 'dashboard-promotion-new', '/dashboard/promotions/new', session);
  await shoot(browser, 'dashboard-search', '/dashboard/search?q=a', session);
  await shoot(browser, 'dashboard-keys', '/dashboard/keys', session);
  await shoot(browser, 'dashboard-webhooks', '/dashboard/webhooks', session);
  await shoot(browser, 'dashboard-events', '/dashboard/events', session);
  await shoot(browser, 'dashboard-requests', '/dashboard/requests', session);
  await shoot(browser, 'dashboard-queues', '/dashboard/queues', session);
  await shoot(browser, 'dashboard-ledger', '/dashboard/ledger', session);
  await shoot(browser, 'dashboard-settings', '/dashboard/settings', session);
  await shoot(browser, 'dashboard-team', '/dashboard/team', session);
  await shoot(browser, 'dashboard-account', '/dashboard/account', session);
  await shoot(browser, 'dashboard-menu', '/dashboard/more', session);
});

test('till', async ({ browser }) => {
  const session = await signedIn(browser, async (page) => {
    await staffSignsIn(page, demo.owner);
    await page.goto('/till/store');
    await page.getByRole('button', { name: /riverside/ }).click();
    await page.waitForURL(/\/till$/);
  });
  await shoot(browser, 'till-store', '/till/store', session);
  await shoot(browser, 'till', '/till', session);
  await shoot(browser, 'till-sale', `/till?amount=39.50&who=${encodeURIComponent(demo.customer)}`, session);
  await shoot(browser, 'till-join', '/till/join', session);
  await shoot(browser, 'till-refund', '/till/refund', session);
  await shoot(browser, 'till-shift', '/till/shift', session);
});

test('a dashboard before the first purchase', async ({ browser }) => {
  const session = await signedIn(browser, (page) => staffSignsIn(page));
  await shoot(browser, 'dashboard-start', '/dashboard', session);
});
