import type { Page } from '@playwright/test';
import { randomUUID } from 'node:crypto';
import { Api, freshEmail } from '../support/api.ts';
import { staffSignsIn } from '../support/people.ts';
import { stage } from '../support/stage.ts';
import { accessible, awake, expect, fits, hasScripts, test } from '../support/test.ts';

/** A product that no promotion speaks of, bought by one customer twice and by another once. */
async function bought(): Promise<{ sku: string; most: string; less: string }> {
  const api = Api.own();
  const sku = `fig-${randomUUID().slice(0, 8)}`;
  await api.post('/products', { sku, name: `Dried fig ${sku}`, category: 'pantry', tags: [] });
  const [most, less] = [freshEmail(), freshEmail()];
  for (const email of [most, most, less]) {
    await api.post('/purchases', {
      transaction_id: `f-${randomUUID()}`,
      retailer: stage().merchant.retailer,
      customer: { email },
      lines: [{ product: sku, quantity: 1, unit_price: 100 }],
      currency: 'USD',
    });
  }
  return { sku, most, less };
}

const replayButton = (page: Page) => page.locator('#replay').getByRole('button', { name: 'Replay', exact: true });

/** A figure of the result, apart from those of the chart. */
const figure = (page: Page, number: string) => page.locator('#replay .display').filter({ hasText: new RegExp(`^${number}$`) });

test('what is being written is tried over what was bought, and its budget with it', async ({ page }) => {
  const { sku, most, less } = await bought();
  await staffSignsIn(page);
  await page.goto('/dashboard/promotions/new');
  await awake(page);
  const name = `Figs ${sku}`;
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('How much').fill('100');
  await page.getByLabel('Of what').selectOption('flat');
  await page.getByLabel('Product, category or tag', { exact: true }).first().fill(sku);
  await page.getByLabel('Budget: most points').fill('250');
  await page.getByLabel('Purchases of the last').selectOption('7');
  await replayButton(page).click();
  const card = page.locator('#replay');
  await expect(figure(page, '300')).toBeVisible();
  await awake(page);
  await expect(card.getByText(/^It matches 3 of [\d,]+ purchases, 100 .* each on average\.$/)).toBeVisible();
  await expect(card.getByRole('link', { name: most })).toHaveAttribute('href', /\/dashboard\/customers\/[0-9a-f-]{36}/);
  await expect(card.getByRole('link', { name: less })).toBeVisible();
  await expect(card.getByRole('img', { name: /300 in all/ }).first()).toBeVisible();
  await expect(page.getByLabel('Name', { exact: true })).toHaveValue(name);
  await expect(page.getByLabel('Purchases of the last')).toHaveValue('7');
  await fits(page, 320);
  await accessible(page);

  // 300 and a tenth of it are 330.
  const checks = page.getByRole('region', { name: 'Checks' });
  await expect(checks.getByText('The budget is soon spent.')).toBeVisible();
  await expect(checks.getByText(/330 would be enough\./)).toBeVisible();
  if (hasScripts()) {
    await checks.getByRole('button', { name: 'Raise to 330' }).click();
    await expect(page.getByLabel('Budget: most points')).toHaveValue('330');
    await expect(checks.getByText('The budget is soon spent.')).toHaveCount(0);
    await expect(card.getByText('The sentence has changed since.')).toBeVisible();
  }
  // Nothing was saved.
  const { data } = await Api.own().get<{ data: unknown[] }>(`/promotions?search=${encodeURIComponent(name)}`);
  expect(data).toEqual([]);
});

test('a draft that is there is replayed from its page', async ({ page }) => {
  const { sku, most } = await bought();
  const terms = { name: `Saved ${sku}`, flat_points: 40, products: { include: [sku] } };
  const { id } = await Api.own().post<{ id: string }>('/promotions', terms);
  await staffSignsIn(page);
  await page.goto(`/dashboard/promotions/${id}`);
  await awake(page);
  await replayButton(page).click();
  const card = page.locator('#replay');
  await expect(figure(page, '120')).toBeVisible();
  await awake(page);
  await card.getByRole('link', { name: most }).click();
  await expect(page).toHaveURL(/\/dashboard\/customers\//);
  const there = await Api.own().get<{ state: string }>(`/promotions/${id}`);
  expect(there.state).toBe('draft');
});

test.describe('a sentence that cannot stand', () => {
  // Without scripts the form is sent, and comes back.
  test.use({ expectedComplaints: [/status of 422/] });

  test('is not replayed, and what was typed stays', async ({ page }) => {
    await staffSignsIn(page);
    await page.goto('/dashboard/promotions/new');
    await awake(page);
    await page.getByLabel('Name', { exact: true }).fill('Unfinished');
    await page.getByLabel('How much').fill('many');
    await replayButton(page).click();
    await awake(page);
    if (hasScripts()) {
      await expect(page.locator('#replay').getByText('Finish the sentence first.')).toBeVisible();
    } else {
      await expect(page.getByLabel('How much')).toHaveAttribute('aria-invalid', 'true');
    }
    await expect(page.getByLabel('How much')).toHaveValue('many');
    await expect(page.getByLabel('Name', { exact: true })).toHaveValue('Unfinished');
  });
});
