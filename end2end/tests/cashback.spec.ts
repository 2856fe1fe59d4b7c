import { randomUUID } from 'node:crypto';
import { Api, freshEmail } from '../support/api.ts';
import { customerSignsIn, staffSignsIn } from '../support/people.ts';
import { demo, stage } from '../support/stage.ts';
import { accessible, awake, confirmed, expect, fits, hasScripts, test } from '../support/test.ts';

/** A purchase of one product for $20.00. */
function buy(sku: string, email: string): Promise<{ id: string }> {
  return Api.own().post('/purchases', {
    transaction_id: `c-${randomUUID()}`,
    retailer: stage().merchant.retailer,
    customer: { email },
    lines: [{ product: sku, quantity: 1, unit_price: 2_000 }],
    currency: 'USD',
  });
}

/** Waits until the module has come to a purchase. */
async function credited(purchase: { id: string }): Promise<void> {
  await expect
    .poll(async () => (await Api.own().get<{ cashback: unknown }>(`/purchases/${purchase.id}/cashback`)).cashback)
    .not.toBeNull();
}

test('an offer is made, a purchase fills the wallet, a return takes its part back', async ({ page, browser }) => {
  test.slow();
  const { slug } = stage().merchant;
  const sku = `wine-${randomUUID().slice(0, 8)}`;
  await Api.own().post('/products', { sku, name: 'Orange wine', category: 'wine', tags: [] });
  const email = freshEmail();

  // The merchant makes the offer.
  await staffSignsIn(page);
  await page.goto('/dashboard/cashback/new');
  await awake(page);
  const name = `Wine ${sku}`;
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Percent that comes back').fill('12.5');
  await page.getByLabel('Product, category or tag').first().fill(sku);
  await page.getByLabel('Days it can then be spent').fill('90');
  if (hasScripts()) {
    // The sentence follows what is typed.
    const sentence = page.getByRole('region', { name: 'In a sentence' });
    await expect(sentence).toContainText('12.5% cashback on product');
    await expect(sentence).toContainText('For $40.00 a customer gets $5.00 back.');
  }
  await fits(page, 320);
  await accessible(page);
  await page.getByRole('button', { name: 'Add offer' }).click();
  await expect(page.getByText('Offer added')).toBeVisible();
  await expect(page.getByRole('link', { name, exact: true })).toBeVisible();

  // The customer has the wallet open while the till rings up a bottle.
  const context = await browser.newContext({
    baseURL: stage().base,
    javaScriptEnabled: hasScripts(),
    viewport: page.viewportSize(),
  });
  const portal = await context.newPage();
  await customerSignsIn(portal, slug, email);
  await portal.getByRole('link', { name: /Cashback/ }).click();
  await expect(portal.getByRole('heading', { level: 1, name: 'Cashback' })).toBeVisible();
  await expect(portal.locator('.hero__num')).toHaveText('$0.00');
  await expect(portal.getByText(name)).toBeVisible();
  await accessible(portal);
  const purchase = await buy(sku, email);
  await credited(purchase);
  if (!hasScripts()) await portal.reload();
  await expect(portal.locator('.hero__num')).toHaveText('$2.50');
  await expect(portal.getByText('+$2.50')).toBeVisible();
  await fits(portal, 320);
  await accessible(portal);

  // Why, on the customer's receipt.
  await portal.locator('a.timeline__what').first().click();
  await expect(portal.getByText('Why $2.50 cashback?')).toBeVisible();
  await expect(portal.getByText(`${name}: 12.5% of $20.00 = $2.50`)).toBeVisible();
  await accessible(portal);

  // Half of it comes back to the shop.
  await Api.own().post(`/purchases/${purchase.id}/returns`, { return_id: `r-${randomUUID()}`, amount: 1_000 });
  await portal.goto(`/p/${slug}/cashback`);
  await expect(portal.locator('.hero__num')).toHaveText('$1.25');
  await expect(portal.getByText('−$1.25')).toBeVisible();
  await context.close();

  await page.goto(`/dashboard/purchases/${purchase.id}`);
  await awake(page);
  await expect(page.getByRole('heading', { name: 'Why $2.50 cashback' })).toBeVisible();
  await expect(page.getByText('Cashback that is left')).toBeVisible();
  await fits(page);
  await accessible(page);

  // Paused and archived, it gives nothing any more and keeps what it gave.
  await page.goto('/dashboard/cashback');
  await awake(page);
  await page.getByRole('link', { name, exact: true }).click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText(name);
  await awake(page);
  await page.getByRole('button', { name: 'Pause offer' }).click();
  await expect(page.getByText('Paused. Purchases from now on get nothing of it')).toBeVisible();
  const late = await buy(sku, email);
  await credited(late);
  const { cashback } = await Api.own().get<{ cashback: { amount: number } }>(`/purchases/${late.id}/cashback`);
  expect(cashback.amount).toBe(0);
  await confirmed(page, 'Archive offer');
  await expect(page.getByText('Archived', { exact: true }).first()).toBeVisible();
  await accessible(page);
});

test('the pages of cashback show, fit and are accessible', async ({ page }) => {
  test.slow();
  await staffSignsIn(page, demo.owner);
  for (const path of ['/dashboard/cashback', '/dashboard/cashback?state=over', '/dashboard/cashback/new']) {
    await page.goto(path);
    await awake(page);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await fits(page, 320);
    await accessible(page);
  }
  await page.goto('/dashboard/cashback?state=active');
  await awake(page);
  await page.getByRole('table').getByRole('link').first().click();
  await expect(page).toHaveURL(/\/dashboard\/cashback\/[0-9a-f-]{36}/);
  await expect(page.getByRole('region', { name: 'In a sentence' })).toBeVisible();
  await fits(page, 320);
  await accessible(page);

  await customerSignsIn(page, demo.slug, demo.customer);
  await page.getByRole('link', { name: /cashback/i }).click();
  await expect(page).toHaveURL(/\/cashback$/);
  await expect(page.getByRole('heading', { level: 1, name: 'Cashback' })).toBeVisible();
  await expect(page.getByText('Natural wine').first()).toBeVisible();
  await fits(page, 320);
  await accessible(page);
});
