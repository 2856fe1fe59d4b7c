import type { Page } from '@playwright/test';
import { randomUUID } from 'node:crypto';
import { Api, freshEmail } from '../support/api.ts';
import { staffSignsIn } from '../support/people.ts';
import { accessible, awake, expect, fits, test } from '../support/test.ts';

/** Searches from the page that is open: in the bar, or where it has no room in a page of its own. */
async function search(page: Page, text: string): Promise<void> {
  const field = page.getByRole('searchbox', { name: 'Search everything' });
  if (!(await field.isVisible())) {
    await page.getByRole('banner').getByRole('link', { name: 'Search' }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Search' })).toBeVisible();
    await awake(page);
  }
  await field.fill(text);
  await field.press('Enter');
}

test('a receipt number opens its purchase, a name shows who has it', async ({ page }) => {
  const name = `Zed ${randomUUID().slice(0, 8)}`;
  const email = freshEmail();
  for (const who of [{ name: `${name} One`, email }, { name: `${name} Two`, email: freshEmail() }]) {
    await Api.own().post('/customers', who);
  }
  const purchase = await Api.own().purchase(1_200, email);
  await staffSignsIn(page);
  await search(page, purchase.transaction_id);
  await expect(page).toHaveURL(new RegExp(`/dashboard/purchases/${purchase.id}$`));
  await awake(page);
  await search(page, name);
  await expect(page.getByRole('heading', { level: 2, name: 'Customers' })).toBeVisible();
  await awake(page);
  await expect(page.getByRole('searchbox', { name: 'Search everything' })).toHaveValue(name);
  await expect(page.getByRole('link', { name: `${name} Two` })).toBeVisible();
  await fits(page, 320);
  await accessible(page);
  await page.getByRole('link', { name: `${name} One` }).click();
  await expect(page.getByRole('heading', { level: 1, name: `${name} One` })).toBeVisible();
  await awake(page);
  await search(page, `nobody ${randomUUID()}`);
  await expect(page.getByRole('heading', { name: 'Nothing found' })).toBeVisible();
  await awake(page);
  await fits(page, 320);
  await accessible(page);
});
