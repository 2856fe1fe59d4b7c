// What came in and what was refused: events from other systems, and the log of requests.

import { randomUUID } from 'node:crypto';
import { Api } from '../support/api.ts';
import { staffSignsIn } from '../support/people.ts';
import { stage } from '../support/stage.ts';
import { accessible, awake, confirmed, expect, fits, test } from '../support/test.ts';

/** A CloudEvent of a purchase at a retailer; the source is a shop. */
const order = (id: string, retailer: string) => ({
  specversion: '1.0',
  id,
  source: '/shop/orders',
  type: 'order.completed',
  data: {
    transaction_id: id,
    retailer,
    customer: { email: `${id}@fern.example` },
    amount: 1_999,
    currency: 'USD',
  },
});

/** Sends an event as a shop would; 202 says that it is written down, whatever becomes of it. */
async function tell(id: string, retailer: string): Promise<void> {
  const { base, merchant } = stage();
  const answer = await fetch(`${base}/api/v1/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${merchant.key}`, 'content-type': 'application/cloudevents+json' },
    body: JSON.stringify(order(id, retailer)),
  });
  expect(answer.status).toBe(202);
}

/** Posts what a till should not, and gives the id of the request. */
async function refused(body: unknown, key: string): Promise<string> {
  const { base, merchant } = stage();
  const answer = await fetch(`${base}/api/v1/purchases`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${merchant.key}`,
      'content-type': 'application/json',
      'idempotency-key': key,
    },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(422);
  return answer.headers.get('x-request-id') ?? '';
}

test('an event that was refused is found, mended and tried again; another is discarded', async ({ page }) => {
  test.slow();
  const code = `pop-up-${randomUUID().slice(0, 8)}`;
  const [mended, dropped] = [`E-${randomUUID().slice(0, 8)}`, `E-${randomUUID().slice(0, 8)}`];
  await tell(mended, code);
  await tell(dropped, code);
  await staffSignsIn(page, stage().merchant.owner);

  const open = async (id: string) => {
    // It is processed within a moment; until then it waits under another state.
    await expect(async () => {
      await page.goto(`/dashboard/events?state=refused&q=${id}`);
      await expect(page.getByRole('link', { name: id })).toBeVisible({ timeout: 500 });
    }).toPass({ timeout: 60_000 });
  };
  await open(mended);
  await awake(page);
  await fits(page);
  await accessible(page);
  await page.getByRole('link', { name: mended }).click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText(mended);
  await expect(page.getByText('There is no such retailer').first()).toBeVisible();
  await expect(page.getByText('/data/retailer')).toBeVisible();
  await expect(page.getByText(`${mended}@fern.example`)).toBeVisible();
  await awake(page);
  await fits(page);
  await accessible(page);

  await Api.own().post('/retailers', { code, name: `Pop-up ${code}` });
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByText('It is tried again.')).toBeVisible();
  await expect(async () => {
    await page.reload();
    await expect(page.getByRole('link', { name: /A purchase was stored/ })).toBeVisible({ timeout: 500 });
  }).toPass({ timeout: 60_000 });
  // What it said named somebody, and is forgotten.
  await expect(page.getByText(`${mended}@fern.example`)).toHaveCount(0);
  await awake(page);
  await fits(page);
  await accessible(page);
  await page.getByRole('link', { name: /A purchase was stored/ }).click();
  await expect(page).toHaveURL(/\/dashboard\/purchases\//);

  await open(dropped);
  await page.getByRole('link', { name: dropped }).click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText(dropped);
  await confirmed(page, 'Discard');
  await expect(page.getByText('Discarded. What it should have caused will not happen')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Try again' })).toHaveCount(0);
  await fits(page);
  await accessible(page);
});

test('a refused request is found by its receipt, with the field that was wrong', async ({ page }) => {
  const receipt = `R-${randomUUID().slice(0, 8)}`;
  const once = `once-${randomUUID().slice(0, 8)}`;
  const { retailer } = stage().merchant;
  const id = await refused({ transaction_id: receipt, retailer, amount: 'pineapple', currency: 'USD' }, once);
  await staffSignsIn(page, stage().merchant.owner);
  await expect(async () => {
    await page.goto('/dashboard/requests');
    await page.getByRole('searchbox', { name: /Receipt/ }).fill(receipt);
    await page.getByRole('button', { name: 'Apply' }).click();
    await expect(page.getByRole('table').locator('tbody tr')).toHaveCount(1, { timeout: 5_000 });
  }).toPass({ timeout: 60_000 });
  await awake(page);
  await fits(page);
  await accessible(page);
  await page.getByRole('link', { name: 'POST /api/v1/purchases' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText('POST /api/v1/purchases');
  await expect(page.getByRole('heading', { name: 'Why it was refused' })).toBeVisible();
  await expect(page.getByText('/amount', { exact: true })).toBeVisible();
  await expect(page.getByText(once)).toBeVisible();
  // What was sent is not kept.
  await expect(page.getByText('pineapple')).toHaveCount(0);
  await awake(page);
  await fits(page);
  await accessible(page);
  await page.getByRole('link', { name: id }).click();
  await expect(page).toHaveURL(new RegExp(`q=${id}`));
  await expect(page.getByRole('table').locator('tbody tr')).toHaveCount(1);
  await page.getByRole('link', { name: 'Answered', exact: true }).click();
  await expect(page.getByText('Nothing here')).toBeVisible();
  await accessible(page);
});
