import { randomUUID } from 'node:crypto';
import type { Page } from '@playwright/test';
import { Api, freshEmail } from '../support/api.ts';
import { SHOP } from '../support/merchant.ts';
import { customerSignsIn, staffSignsIn } from '../support/people.ts';
import { stage } from '../support/stage.ts';
import { accessible, awake, confirmed, expect, fits, hasScripts, test } from '../support/test.ts';

/** Another mailbox of the same person. */
function alias(email: string, number: number): string {
  return email.replace('@', `+${number}@`);
}

async function openReferrals(page: Page): Promise<void> {
  await page.goto('/dashboard/referrals');
  await awake(page);
}

test('doubtful friends are approved, rejected, and their advocate is banned', async ({ page }) => {
  test.slow();
  const api = Api.own();
  const email = freshEmail();
  const name = `Ada ${randomUUID().slice(0, 6)}`;
  const { id, code } = await api.advocate(name, email);
  // Somebody follows the link: a click without a name.
  await page.goto(`/r/${code}`);
  for (const number of [1, 2, 3]) {
    const bought = await api.purchase(1_000, alias(email, number), { referral_code: code });
    await api.patch(`/customers/${bought.customer_id}`, { name: `Friend ${number} of ${name}` });
  }

  await staffSignsIn(page);
  await openReferrals(page);
  const funnel = page.getByRole('region', { name: 'From click to reward' });
  for (const step of ['Clicked', 'Registered', 'Qualified', 'Rewarded']) {
    await expect(funnel.getByRole('listitem').filter({ hasText: step }).first()).toBeVisible();
  }
  const clicked = funnel.getByRole('listitem').filter({ hasText: 'Clicked' }).locator('.num');
  expect(Number((await clicked.innerText()).replace(/\D/g, ''))).toBeGreaterThan(0);
  const queue = page.getByRole('list', { name: 'Referrals to decide about' });
  const doubt = (number: number) =>
    queue.locator('> li').filter({ has: page.getByRole('group', { name: `${name} invited Friend ${number} of ${name}`, exact: true }) });
  await expect(doubt(1)).toContainText('Both e-mail addresses lead to one mailbox');
  await expect(doubt(1)).toContainText('Risk 80 of 100');
  await expect(doubt(1)).toContainText('Waits for you');
  await fits(page, 320);
  await accessible(page);

  await doubt(1).getByRole('button', { name: 'Approve' }).click();
  await expect(page.getByText('Approved. What waited for it goes on')).toBeVisible();
  await expect(doubt(1)).toHaveCount(0);
  await awake(page);
  await confirmed(doubt(2), 'Reject');
  await expect(page.getByText('Rejected. Nothing is given for it')).toBeVisible();
  await expect(doubt(2)).toHaveCount(0);
  await awake(page);
  await confirmed(doubt(3), `Ban ${name}`);
  await expect(page.getByText('Banned. The code brings nobody any more')).toBeVisible();
  await expect(doubt(3)).toHaveCount(0);
  await accessible(page);
  const late = await api.purchase(1_000, freshEmail(), { referral_code: code });
  expect(JSON.stringify(late)).toContain('referral_not_applicable');

  // The advocate is let go on from the advocate's own page, however long ago it was, and stays there.
  await page.goto(`/dashboard/customers/${id}?tab=friends`);
  await awake(page);
  const own = page.getByRole('region', { name: 'Referral code' });
  await expect(own).toContainText(`${code.slice(0, 5)}`);
  await expect(own).toContainText('Banned since');
  await fits(page, 320);
  await accessible(page);
  await own.getByRole('button', { name: 'Lift ban' }).click();
  await expect(page.getByText('The code brings friends again')).toBeVisible();
  await expect(page).toHaveURL(/tab=friends/);
  await awake(page);
  await expect(own).toContainText('Brings friends');
  await confirmed(own, 'Ban');
  await expect(page.getByText('Banned. The code brings nobody any more')).toBeVisible();

  // Their own list tells which is which.
  await page.goto('/dashboard/referrals?state=rejected');
  await awake(page);
  await expect(page.getByRole('link', { name: `Friend 2 of ${name}` })).toBeVisible();
  await fits(page, 320);
});

test('a customer shares a page of the shop, and sees what becomes of the friends', async ({ page, context, browser }) => {
  test.slow();
  const { slug } = stage().merchant;
  const email = freshEmail();
  if (hasScripts()) {
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    // As a phone has it.
    await page.addInitScript(() => {
      const shared: unknown[] = [];
      Object.assign(window, { shared });
      Object.defineProperty(navigator, 'share', { value: async (what: unknown) => void shared.push(what) });
    });
  }
  await customerSignsIn(page, slug, email);
  await page.getByRole('link', { name: 'Invite', exact: true }).click();
  await expect(page.getByText('When a friend makes a first purchase, you both get 500 points, after 14 days.')).toBeVisible();
  await expect(page.getByText('Nobody yet')).toBeVisible();

  await page.getByLabel('What to share').selectOption({ label: 'Tasting plan' });
  await page.getByRole('button', { name: 'Show the link' }).first().click();
  await expect(page).toHaveURL(/to=/);
  await awake(page);
  const link = (await page.locator('a.invite__address').getAttribute('href')) ?? '';
  expect(link).toContain(`?to=${encodeURIComponent(`${SHOP}/plans/7`)}`);
  const code = /\/r\/(\w+)/.exec(link)?.[1] ?? '';
  await expect(page.getByRole('img', { name: 'QR code of your link' })).toBeVisible();
  for (const way of ['WhatsApp', 'Telegram', 'X', 'Facebook', 'SMS', 'E-mail']) {
    const href = (await page.getByRole('link', { name: way, exact: true }).getAttribute('href')) ?? '';
    expect(decodeURIComponent(decodeURIComponent(href))).toContain(`/r/${code}`);
  }
  if (hasScripts()) {
    await page.getByRole('button', { name: 'Copy link' }).click();
    await expect(page.getByRole('button', { name: 'Copied' })).toBeVisible();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(link);
    await page.getByRole('button', { name: 'Share', exact: true }).click();
    const shared = await page.evaluate(() => (window as unknown as { shared: { url: string; text: string }[] }).shared);
    expect(shared).toEqual([{ url: link, text: 'Have a look at “Tasting plan” at Fern & Fig:' }]);
  }
  await fits(page, 320);
  await accessible(page);

  // Elsewhere is refused.
  await page.locator('summary', { hasText: 'Share another page' }).click();
  await page.getByLabel('Address of the page').fill('https://elsewhere.example/');
  await page.getByRole('button', { name: 'Show the link' }).last().click();
  await expect(page.getByText('Links cannot lead to this page')).toBeVisible();

  // A friend follows the link to the shop, joins, and buys; another comes by the code at the till.
  const guest = await browser.newContext({ javaScriptEnabled: hasScripts() });
  const friend = await guest.newPage();
  const led = await guest.request.get(new URL(link).pathname + new URL(link).search, { maxRedirects: 0 });
  expect(led.headers()['location']).toBe(`${SHOP}/plans/7?ref=${code}`);
  await friend.goto(`/p/${slug}/sign-in?ref=${code}`);
  await expect(friend.getByText(/A friend invites you/)).toBeVisible();
  const invited = freshEmail();
  await customerSignsIn(friend, slug, invited);
  await page.goto(`/p/${slug}/invite`);
  await awake(page);
  const friends = page.getByRole('region', { name: 'Your friends' });
  await expect(friends.getByText('Joined', { exact: true })).toBeVisible();
  await expect(friends.getByText('no purchase yet')).toBeVisible();
  await Api.own().purchase(2_500, invited);
  await Api.own().purchase(2_500, alias(email, 1), { referral_code: code });
  await expect(async () => {
    await page.goto(`/p/${slug}/invite`);
    await expect(friends.getByText('Held', { exact: true })).toHaveCount(2, { timeout: 500 });
    const coming = page.getByRole('region', { name: 'On its way to you' });
    await expect(coming).toContainText('500 points', { timeout: 500 });
  }).toPass();
  await awake(page);
  await expect(friends.getByText('2 of 2 bought')).toBeVisible();
  await friends.locator('summary').last().click();
  await expect(friends.getByText(/when the return window closes/)).toBeVisible();
  await friends.locator('summary').first().click();
  await expect(friends.getByText(/Somebody at the shop checks it first/)).toBeVisible();
  await fits(page, 320);
  await accessible(page);
  await guest.close();
});
