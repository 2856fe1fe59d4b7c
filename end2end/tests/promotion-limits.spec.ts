import type { Page } from '@playwright/test';
import { randomUUID } from 'node:crypto';
import { Api, freshEmail } from '../support/api.ts';
import { staffSignsIn } from '../support/people.ts';
import { stage } from '../support/stage.ts';
import { accessible, awake, expect, fits, test } from '../support/test.ts';

/** A product that no other promotion speaks of. */
async function product(): Promise<string> {
  const sku = `jam-${randomUUID().slice(0, 8)}`;
  await Api.own().post('/products', { sku, name: `Plum jam ${sku}`, category: 'pantry', tags: [] });
  return sku;
}

/** Buys a jar for $1.00: it earns 10 as everything does, and what the promotion gives. */
async function buy(sku: string, email: string): Promise<{ id: string; extra: number }> {
  const { id, points_earned } = await Api.own().post<{ id: string; points_earned: number }>('/purchases', {
    transaction_id: `j-${randomUUID()}`,
    retailer: stage().merchant.retailer,
    customer: { email },
    lines: [{ product: sku, quantity: 1, unit_price: 100 }],
    currency: 'USD',
  });
  return { id, extra: points_earned - 10 };
}

/** Begins a promotion of 100 points for the product, in the editor. */
async function begin(page: Page, sku: string): Promise<void> {
  await page.goto('/dashboard/promotions/new');
  await awake(page);
  await page.getByLabel('Name', { exact: true }).fill(`Jam ${sku}`);
  await page.getByLabel('How much').fill('100');
  await page.getByLabel('Of what').selectOption('flat');
  await page.getByLabel('Product, category or tag', { exact: true }).first().fill(sku);
}

async function publish(page: Page): Promise<void> {
  await fits(page);
  await accessible(page);
  await page.getByRole('button', { name: 'Publish version 1' }).click();
  await expect(page.getByText('Version 1 running')).toBeVisible();
  await accessible(page);
}

test('what a customer gets from a promotion in a day, a month or ever has its limit', async ({ page }) => {
  test.slow();
  await staffSignsIn(page);
  for (const per of ['day', 'month', 'ever']) {
    await test.step(per, async () => {
      const sku = await product();
      await begin(page, sku);
      await page.getByLabel('Most points for one customer').fill('150');
      await page.getByLabel('In which time a customer').selectOption(per);
      await publish(page);
      await expect(page.getByLabel('Most points for one customer')).toHaveValue('150');
      await expect(page.getByLabel('In which time a customer')).toHaveValue(per);
      const [one, other] = [freshEmail(), freshEmail()];
      expect((await buy(sku, one)).extra).toBe(100);
      expect((await buy(sku, one)).extra).toBe(50);
      expect((await buy(sku, one)).extra).toBe(0);
      expect((await buy(sku, other)).extra, 'the limit is each customer’s own').toBe(100);
    });
  }
});

test('a budget ends with what is left, or before what does not fit', async ({ page }) => {
  test.slow();
  await staffSignsIn(page);
  for (const [end, last] of [
    ['partial', 50],
    ['stop', 0],
  ] as const) {
    await test.step(end, async () => {
      const sku = await product();
      await begin(page, sku);
      await page.getByLabel('Budget: most points').fill('150');
      await page.getByLabel('What happens when the budget runs out').selectOption(end);
      await publish(page);
      expect((await buy(sku, freshEmail())).extra).toBe(100);
      const short = await buy(sku, freshEmail());
      expect(short.extra).toBe(last);
      expect((await buy(sku, freshEmail())).extra).toBe(0);

      // Why it was not all of it, on the page of the purchase.
      await page.goto(`/dashboard/purchases/${short.id}`);
      await awake(page);
      await expect(page.getByText(/budget/i).first()).toBeVisible();
      await fits(page);
      await accessible(page);
    });
  }
});
