import type { Page } from '@playwright/test';
import { randomUUID } from 'node:crypto';
import { Api, freshEmail } from '../support/api.ts';
import { staffSignsIn } from '../support/people.ts';
import { stage } from '../support/stage.ts';
import { accessible, awake, confirmed, expect, fits, hasScripts, test } from '../support/test.ts';

/** The part of a redemption's answer that tests look at. */
interface Redemption {
  id: string;
  state: string;
  voucher?: { code: string };
}

/** Opens a page of the dashboard and waits until it answers. */
async function open(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await awake(page);
}

/** Looks at a page as everybody must be able to: on the narrowest screen, and with axe. */
async function look(page: Page): Promise<void> {
  await fits(page, 320);
  await accessible(page);
}

/** A customer of the tests' own merchant with points: ten a dollar. */
async function rich(points: number): Promise<string> {
  const email = freshEmail();
  expect((await Api.own().purchase(points * 10, email)).points_earned).toBe(points);
  return email;
}

/** Redeems by the API, as a shop of the merchant would. */
function redeem(reward: string, email: string, more: object = {}): Promise<Redemption> {
  return Api.own().post<Redemption>('/redemptions', { customer: { email }, reward, ...more });
}

/** The id at the end of the address of a link. */
async function idOf(page: Page, name: string): Promise<string> {
  const href = await page.getByRole('link', { name, exact: true }).getAttribute('href');
  return href?.split('/').at(-1) ?? '';
}

test('a reward is made, redeemed by the API, prepared and handed over', async ({ page }) => {
  test.slow();
  const name = `Brewery tour ${randomUUID().slice(0, 8)}`;
  const email = await rich(500);
  await staffSignsIn(page);
  await open(page, '/dashboard/rewards');
  await look(page);
  await page.getByRole('link', { name: 'New reward' }).click();
  await expect(page.getByRole('heading', { name: 'What does it give?' })).toBeVisible();
  await look(page);
  await page.getByRole('link', { name: /^Something you hand over/ }).click();
  await expect(page.getByLabel('Name', { exact: true })).toBeVisible();
  await awake(page);
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Cost in points').fill('300');
  await page.getByLabel('How many are left').fill('2');
  // The sentence follows what is typed where there are scripts; saving tells everybody.
  if (hasScripts()) await expect(page.getByText('A reward for 300 points.')).toBeVisible();
  await look(page);
  await page.getByRole('button', { name: 'Add reward' }).click();
  await expect(page.getByText('Reward added')).toBeVisible();
  const row = page.getByRole('row').filter({ hasText: name });
  await expect(row).toContainText('A reward for 300 points.');
  await expect(row).toContainText('Active');
  const reward = await idOf(page, name);

  const { id } = await redeem(reward, email);
  await open(page, '/dashboard/redemptions');
  const todo = page.getByRole('row').filter({ hasText: email });
  await look(page);
  await todo.getByRole('button', { name: 'Start preparing' }).click();
  await expect(page.getByText('Noted.')).toBeVisible();
  await expect(page.getByRole('row').filter({ hasText: email })).toContainText('Being prepared');
  await page.getByRole('row').filter({ hasText: email }).getByRole('link', { name }).click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText(name);
  await awake(page);
  await look(page);
  await page.getByRole('button', { name: 'Mark as handed over' }).click();
  await expect(page.getByText('The customer has it')).toBeVisible();
  expect((await Api.own().get<Redemption>(`/redemptions/${id}`)).state).toBe('fulfilled');

  await open(page, `/dashboard/rewards/${reward}`);
  await expect(page.getByLabel('How many are left')).toHaveValue('1');
  await look(page);
  await confirmed(page, 'Archive reward');
  await expect(page.getByText('Archived', { exact: true }).first()).toBeVisible();
  await open(page, `/dashboard/rewards?q=${encodeURIComponent(name)}`);
  await expect(page.getByText('Nothing matches')).toBeVisible();
});

test('staff redeem for a customer, and the voucher is used once', async ({ page }) => {
  test.slow();
  const name = `Off ${randomUUID().slice(0, 8)}`;
  const email = await rich(900);
  await staffSignsIn(page);
  await open(page, '/dashboard/rewards/new?kind=money_off');
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('What it takes off').fill('5');
  await page.getByLabel('Customers choose').check();
  await page.getByLabel('In steps of').fill('200');
  if (hasScripts()) await expect(page.getByText('$5.00 off for each 200 points, from 200.')).toBeVisible();
  await look(page);
  await page.getByRole('button', { name: 'Add reward' }).click();
  await expect(page.getByText('Reward added')).toBeVisible();

  await open(page, `/dashboard/customers?q=${encodeURIComponent(email)}`);
  await page.getByRole('link', { name: email }).click();
  await page.getByRole('link', { name: 'Rewards', exact: true }).filter({ visible: true }).last().click();
  await expect(page.getByText('Nothing redeemed yet')).toBeVisible();
  await look(page);
  await page.getByRole('link', { name: 'Redeem for the customer' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Redeem' })).toBeVisible();
  await look(page);
  await page.getByRole('link', { name: `Choose ${name}` }).click();
  await page.getByLabel('How many points').fill('600');
  await look(page);
  await page.getByRole('button', { name: 'Redeem it' }).click();
  await expect(page.getByText('Redeemed', { exact: true }).first()).toBeVisible();
  await awake(page);
  await look(page);
  const code = await page.locator('dd a.mono').innerText();

  await open(page, '/dashboard/redemptions/voucher');
  await look(page);
  await page.getByRole('searchbox', { name: 'Voucher code' }).fill(code.toLowerCase());
  await page.getByRole('button', { name: 'Find voucher' }).click();
  await expect(page.getByText('$15.00 off a purchase')).toBeVisible();
  await awake(page);
  await look(page);
  await page.getByRole('button', { name: 'Use it now' }).click();
  await expect(page.getByText('Used. It cannot be used again')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Use it now' })).toHaveCount(0);
  await look(page);
  await open(page, `/dashboard/customers?q=${encodeURIComponent(email)}`);
  await page.getByRole('link', { name: email }).click();
  await page.getByRole('link', { name: 'Rewards', exact: true }).filter({ visible: true }).last().click();
  await expect(page.getByRole('row').filter({ hasText: name })).toContainText('Used');
  await look(page);
});

test('what was redeemed is cancelled after a second look, and the points are back', async ({ page }) => {
  const email = await rich(300);
  const terms = { name: `Mug ${randomUUID().slice(0, 8)}`, kind: 'external', points_cost: 300 };
  const { id: reward } = await Api.own().post<{ id: string }>('/rewards', terms);
  const { id } = await redeem(reward, email);
  await staffSignsIn(page);
  await open(page, `/dashboard/redemptions/${id}`);
  await page.locator('summary', { hasText: 'Cancel it' }).click();
  await expect(page.getByText('go back to the customer')).toBeVisible();
  await look(page);
  await page.getByRole('button', { name: 'Give 300 points back' }).click();
  await expect(page.getByText('Cancelled, the points are back')).toBeVisible();
  expect((await redeem(reward, email)).state).toBe('captured');
});

test('codes are uploaded, go out one by one, and are never added twice', async ({ page }) => {
  test.slow();
  const mark = randomUUID().slice(0, 8).toUpperCase();
  const name = `Cinema ${mark}`;
  await staffSignsIn(page);
  await open(page, '/dashboard/rewards/new?kind=voucher_pool');
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Cost in points').fill('100');
  await page.getByRole('button', { name: 'Add reward' }).click();
  await expect(page.getByText('No code is left.')).toBeVisible();
  await awake(page);
  await look(page);
  const csv = `code\r\nFILM-${mark}-1\r\nFILM-${mark}-2\r\n`;
  await page.getByLabel('A CSV file').setInputFiles({
    name: 'codes.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(csv),
  });
  await page.getByRole('button', { name: 'Add codes' }).click();
  await expect(page.getByText('2 codes added.')).toBeVisible();
  await awake(page);
  await look(page);
  await page.getByLabel('Or paste them').fill(`FILM-${mark}-2\nFILM-${mark}-3`);
  await page.getByRole('button', { name: 'Add codes' }).click();
  await expect(page.getByText('1 code added.')).toBeVisible();
  await expect(page.getByText('1 was there already')).toBeVisible();

  const reward = new URL(page.url()).pathname.split('/').at(-2) ?? '';
  const first = await redeem(reward, await rich(100));
  expect(first.voucher?.code).toBe(`FILM-${mark}-1`);
  await open(page, `/dashboard/rewards/${reward}`);
  await expect(page.getByText('2 codes are left.')).toBeVisible();
  await look(page);
});

test.describe('what cannot stand', () => {
  test.use({ expectedComplaints: [/status of 422/] });

  test('comes back as it was typed, in the form of its kind', async ({ page }) => {
    await staffSignsIn(page);
    await open(page, '/dashboard/rewards/new?kind=percent');
    await page.getByLabel('Name', { exact: true }).fill('Too good');
    await page.getByLabel('Percent that it takes off').fill('120');
    await page.getByRole('button', { name: 'Add reward' }).click();
    await expect(page.getByText('2 fields need another look.')).toBeVisible();
    await awake(page);
    await expect(page.getByLabel('Percent that it takes off')).toHaveValue('120');
    await expect(page.getByText('More than 0 and at most 100 percent')).toBeVisible();
    await look(page);
  });

  test('a voucher is not used twice', async ({ page }) => {
    const terms = { name: 'Twice', kind: 'money_off', value: 500, points_cost: 100 };
    const { id: reward } = await Api.own().post<{ id: string }>('/rewards', terms);
    const { voucher } = await redeem(reward, await rich(100));
    const code = voucher?.code ?? '';
    await staffSignsIn(page, stage().merchant.owner);
    await open(page, `/dashboard/redemptions/voucher?code=${code}`);
    // Meanwhile, another till is faster.
    await Api.own().post(`/vouchers/${code}/use`, {});
    await page.getByRole('button', { name: 'Use it now' }).click();
    await expect(page.getByText('Not used.')).toBeVisible();
    await expect(page.getByText('The voucher was used already')).toBeVisible();
    await awake(page);
    await look(page);
  });
});
