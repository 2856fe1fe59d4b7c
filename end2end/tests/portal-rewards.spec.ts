import { randomUUID } from 'node:crypto';
import type { Page } from '@playwright/test';
import { Api, freshEmail } from '../support/api.ts';
import { customerSignsIn } from '../support/people.ts';
import { stage } from '../support/stage.ts';
import { accessible, awake, expect, fits, hasScripts, test } from '../support/test.ts';

interface Reward {
  id: string;
  name: string;
}

/** A reward of its own, so that tests beside this one see it but cannot take it. */
async function reward(terms: Record<string, unknown>): Promise<Reward> {
  const name = `Scone ${randomUUID().slice(0, 8)}`;
  const made = await Api.own().post<{ id: string }>('/rewards', { name, ...terms });
  return { id: made.id, name };
}

/** A customer with so many points, signed in. */
async function customerWith(page: Page, points: number): Promise<string> {
  const email = freshEmail();
  await Api.own().purchase(points * 10, email);
  await customerSignsIn(page, stage().merchant.slug, email);
  return email;
}

test('points become a voucher, and the voucher points again', async ({ page }) => {
  const { slug } = stage().merchant;
  const { name } = await reward({ kind: 'money_off', value: 500, points_cost: 400, valid_days: 30 });
  const dear = await reward({ kind: 'external', points_cost: 1_250 });
  await customerWith(page, 1_000);

  await page.getByRole('link', { name: 'Rewards', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Rewards' })).toBeVisible();
  const missing = page.getByRole('article').filter({ hasText: dear.name });
  await expect(missing).toContainText('250 points missing');
  await fits(page, 320);
  await accessible(page);

  await page.getByRole('link', { name, exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
  await expect(page.getByText('$5.00 off a purchase')).toBeVisible();
  await fits(page, 320);
  await accessible(page);

  await page.getByRole('link', { name: 'Redeem', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Redeem it?' })).toBeVisible();
  await expect(page.getByText('600 points')).toBeVisible();
  await fits(page, 320);
  await accessible(page);
  await page.getByRole('button', { name: 'Redeem for 400 points' }).click();

  await expect(page).toHaveURL(/\/vouchers\/.+done=redeemed/);
  await awake(page);
  await expect(page.getByText('It is yours.')).toBeVisible();
  await expect(page.getByText('You have 600 points left.')).toBeVisible();
  await expect(page.getByRole('img', { name: `QR code of ${name}` })).toBeVisible();
  await expect(page.getByText('30 more days')).toBeVisible();
  await fits(page, 320);
  await accessible(page);

  await page.goto(`/p/${slug}/vouchers`);
  await awake(page);
  await fits(page, 320);
  await accessible(page);
  await page.getByRole('link', { name, exact: true }).click();
  // Giving back is one tap further away than showing the code.
  const back = page.getByRole('button', { name: 'Give it back for 400 points' });
  await expect(back).toBeHidden();
  await page.getByText('Give it back', { exact: true }).click();
  await accessible(page);
  await back.click();
  await expect(page.getByText('You have 1,000 points now.')).toBeVisible();
  await expect(page.getByText('Given back', { exact: true })).toBeVisible();
  await accessible(page);

  await page.goto(`/p/${slug}/activity`);
  await expect(page.getByRole('link', { name: `Redeemed: ${name}` })).toBeVisible();
  await page.getByRole('link', { name: `Given back: ${name}` }).click();
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
  await page.goto(`/p/${slug}`);
  await expect(page.locator('.hero')).toContainText('1,000');
});

test('a double click redeems once', async ({ page }) => {
  const { slug } = stage().merchant;
  const { id, name } = await reward({ kind: 'money_off', value: 100, points_cost: 300 });
  await customerWith(page, 1_000);
  await page.goto(`/p/${slug}/rewards/${id}/redeem`);
  await awake(page);
  await page.getByRole('button', { name: 'Redeem for 300 points' }).dblclick();
  await expect(page.getByText('You have 700 points left.')).toBeVisible();
  await page.goto(`/p/${slug}/vouchers`);
  await expect(page.getByRole('link', { name, exact: true })).toHaveCount(1);
});

test('a customer chooses how many points it is to be', async ({ page }) => {
  const { slug } = stage().merchant;
  const { id } = await reward({ kind: 'money_off', value: 100, points_cost: { step: 100, min: 200 } });
  await customerWith(page, 1_050);
  await page.goto(`/p/${slug}/rewards/${id}`);
  await awake(page);
  const points = page.getByLabel('How many points');
  await expect(points).toHaveAttribute('max', '1000');
  await fits(page, 320);
  await accessible(page);
  await points.fill('700');
  await page.getByRole('button', { name: 'Redeem' }).click();
  await expect(page.getByText('$7.00 off a purchase')).toBeVisible();
  await awake(page);
  await page.getByRole('button', { name: 'Redeem for 700 points' }).click();
  await expect(page.getByText('You have 350 points left.')).toBeVisible();
});

test('what the till redeems moves the open page', async ({ page }) => {
  const { slug } = stage().merchant;
  const { id, name } = await reward({ kind: 'money_off', value: 100, points_cost: 1_000 });
  const email = await customerWith(page, 1_500);
  await page.goto(`/p/${slug}/rewards`);
  await awake(page);
  const card = page.getByRole('article').filter({ hasText: name });
  await expect(card.getByRole('link', { name: `Redeem ${name}` })).toBeVisible();

  let loads = 0;
  page.on('load', () => (loads += 1));
  await Api.own().post('/redemptions', { reward: id, customer: { email } });
  if (!hasScripts()) await page.reload();
  await expect(card).toContainText('500 points missing');
  await expect(page.getByRole('heading', { name: 'Yours to use' })).toBeVisible();
  if (hasScripts()) expect(loads, 'without a reload').toBe(0);
  await accessible(page);
});

test('the home page shows the way to the next reward', async ({ page }) => {
  await reward({ kind: 'external', points_cost: 20 });
  const next = await reward({ kind: 'external', points_cost: 5_000_000 });
  await customerWith(page, 1_000);
  const way = page.getByRole('list', { name: 'Rewards on your way' });
  await expect(way).toBeVisible();
  expect(await way.getByRole('listitem').count()).toBeLessThanOrEqual(5);
  await fits(page, 320);
  await accessible(page);
  await page.getByRole('link', { name: /more for/ }).click();
  await expect(page.getByRole('article').filter({ hasText: next.name })).toContainText('4,999,000 points missing');
});

test.describe('somebody was faster', () => {
  // The browser notes the status 422 of the page that says what is wrong.
  test.use({ expectedComplaints: [/status of 422/] });

  test('keeps the points and says so', async ({ page }) => {
    const { slug } = stage().merchant;
    const { id } = await reward({ kind: 'money_off', value: 100, points_cost: 100, stock: 1 });
    await customerWith(page, 1_000);
    await page.goto(`/p/${slug}/rewards/${id}/redeem`);
    await awake(page);
    const other = freshEmail();
    await Api.own().purchase(10_000, other);
    await Api.own().post('/redemptions', { reward: id, customer: { email: other } });
    await page.getByRole('button', { name: 'Redeem for 100 points' }).click();
    await expect(page.getByText('It cannot be redeemed just now.')).toBeVisible();
    await expect(page.getByText('All gone for now')).toBeVisible();
    await accessible(page);
    await page.goto(`/p/${slug}`);
    await expect(page.locator('.hero')).toContainText('1,000');
  });
});
