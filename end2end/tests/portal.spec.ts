import { randomUUID } from 'node:crypto';
import { Api, type Purchase, freshEmail } from '../support/api.ts';
import { codeFor, customerSignsIn } from '../support/people.ts';
import { demo, stage } from '../support/stage.ts';
import { accessible, awake, expect, fits, hasScripts, test } from '../support/test.ts';

test('a purchase at the till moves the balance on the open page', async ({ page }) => {
  const { slug } = stage().merchant;
  const email = freshEmail();
  await customerSignsIn(page, slug, email);
  await expect(page.getByRole('heading', { name: 'It starts with your first purchase' })).toBeVisible();
  await accessible(page);

  let loads = 0;
  page.on('load', () => (loads += 1));
  // $19.99 at ten points a dollar, rounded down.
  const purchase = await Api.own().purchase(1_999, email);
  expect(purchase.points_earned).toBe(199);
  expect(purchase.balance?.points).toBe(199);
  if (!hasScripts()) await page.reload();

  const balance = page.locator('.hero');
  await expect(balance).toContainText('199');
  await expect(page.getByText(stage().merchant.retailerName)).toBeVisible();
  if (hasScripts()) expect(loads, 'without a reload').toBe(0);

  await Api.own().purchase(10_000, email);
  if (!hasScripts()) await page.reload();
  await expect(balance).toContainText('1,199');
  await fits(page, 320);
  await accessible(page);
});

test('a wide screen shows two columns', async ({ page }) => {
  await page.setViewportSize({ width: 1_280, height: 900 });
  await customerSignsIn(page, stage().merchant.slug, freshEmail());
  const first = await page.getByRole('heading', { name: 'It starts with your first purchase' }).boundingBox();
  const known = await page.getByRole('heading', { name: 'Good to know' }).boundingBox();
  expect(known?.x ?? 0).toBeGreaterThan((first?.x ?? 0) + (first?.width ?? Infinity));
  await fits(page);
  await accessible(page);
});

test('points that wait move the open page, too', async ({ page }) => {
  const { slug, retailer } = stage().merchant;
  const api = Api.own();
  // A product whose points all wait: nothing else gives any for it.
  const sku = `cheese-${randomUUID().slice(0, 8)}`;
  await api.post('/products', { sku, name: `Aged cheese ${sku}`, category: 'pantry', tags: [] });
  const waits = await api.post<{ id: string }>('/promotions', {
    name: `A day later, ${sku}`,
    award_rate: '10',
    products: { include: [sku] },
    pending_days: 1,
    stacking: { mode: 'exclusive' },
  });
  await api.post(`/promotions/${waits.id}/publish`, {});

  const email = freshEmail();
  await customerSignsIn(page, slug, email);
  await api.purchase(1_000, email);
  if (!hasScripts()) await page.reload();
  const balance = page.locator('.hero');
  await expect(balance).toContainText('100');
  // The welcome comes when it comes, and would move the page by itself.
  if (hasScripts()) await expect(page.getByRole('link', { name: 'Notifications, 1 new' })).toBeVisible();
  await expect(page.getByText('+120')).toBeHidden();

  let loads = 0;
  page.on('load', () => (loads += 1));
  const purchase = await api.post<Purchase>('/purchases', {
    transaction_id: `w-${randomUUID()}`,
    retailer,
    customer: { email },
    lines: [{ product: sku, quantity: 1, unit_price: 1_200 }],
    currency: 'USD',
  });
  expect(purchase.balance).toMatchObject({ points: 100, pending: 120 });
  if (!hasScripts()) await page.reload();
  await expect(balance).toContainText('120 more');
  await expect(page.getByText('+120')).toBeVisible();
  if (hasScripts()) expect(loads, 'without a reload').toBe(0);
  await fits(page, 320);
  await accessible(page);
});

test('activity lists what happened, and each entry says why', async ({ page }) => {
  const { slug, retailerName } = stage().merchant;
  const email = freshEmail();
  const purchase = await Api.own().purchase(2_500, email);
  await customerSignsIn(page, slug, email);
  await page.getByRole('link', { name: 'Activity', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Activity' })).toBeVisible();
  await expect(page.getByText(`receipt ${purchase.transaction_id}`)).toBeVisible();
  await accessible(page);

  await page.getByRole('link', { name: retailerName }).click();
  await expect(page).toHaveURL(new RegExp(`/activity/${purchase.id}$`));
  await expect(page.getByText('Ten a dollar').or(page.getByText('10 points for each $1')).first()).toBeVisible();
  await expect(page.getByText('250').first()).toBeVisible();
  await fits(page, 320);
  await accessible(page);
});

test('chips narrow the activity, and say so where there is none', async ({ page }) => {
  const { slug } = stage().merchant;
  const email = freshEmail();
  const purchase = await Api.own().purchase(10_000, email);
  const name = `Scone ${randomUUID().slice(0, 8)}`;
  const terms = { name, kind: 'money_off', value: 500, points_cost: 400 };
  const reward = await Api.own().post<{ id: string }>('/rewards', terms);
  await Api.own().post('/redemptions', { customer: { email }, reward: reward.id });
  await customerSignsIn(page, slug, email);
  await page.goto(`/p/${slug}/activity`);
  await awake(page);
  const filter = page.getByRole('navigation', { name: 'Filter' });
  const chip = (label: string) => filter.getByRole('link', { name: label, exact: true });
  const receipt = page.getByText(`receipt ${purchase.transaction_id}`);
  const redeemed = page.getByRole('link', { name: `Redeemed: ${name}` });
  await expect(chip('All')).toHaveAttribute('aria-current', 'true');
  await expect(receipt).toBeVisible();
  await expect(redeemed).toBeVisible();
  await fits(page, 320);

  await chip('Spent').click();
  await expect(page).toHaveURL(/\/activity\?show=spent$/);
  await expect(chip('Spent')).toHaveAttribute('aria-current', 'true');
  await expect(redeemed).toBeVisible();
  await expect(receipt).toHaveCount(0);
  await accessible(page);
  await chip('Earned').click();
  await expect(receipt).toBeVisible();
  await expect(redeemed).toHaveCount(0);

  await chip('Expired').click();
  await expect(page.getByRole('heading', { name: 'Nothing has expired' })).toBeVisible();
  await fits(page, 320);
  await accessible(page);
  await page.getByRole('link', { name: 'Show all activity' }).click();
  await expect(chip('All')).toHaveAttribute('aria-current', 'true');
  await expect(receipt).toBeVisible();
});

test('a receipt says what was returned and what that took back', async ({ page }) => {
  const { slug } = stage().merchant;
  const email = freshEmail();
  const bought = await Api.own().post<{ id: string }>('/purchases', {
    transaction_id: `r-${randomUUID()}`,
    retailer: stage().merchant.retailer,
    customer: { email },
    lines: [
      { product: 'scone', quantity: 2, unit_price: 450 },
      { product: 'tea', quantity: 1, unit_price: 300 },
    ],
    currency: 'USD',
  });
  const giveBack = (what: object) =>
    Api.own().post(`/purchases/${bought.id}/returns`, { return_id: `b-${randomUUID()}`, ...what });
  await giveBack({ lines: [{ line: 0, quantity: 1 }] });
  await customerSignsIn(page, slug, email);
  await page.goto(`/p/${slug}/activity/${bought.id}`);
  await awake(page);
  await expect(page.getByText('A part was returned.')).toBeVisible();
  await expect(page.getByText('Currant scone, 1 of 2')).toBeVisible();
  await expect(page.getByText('Takes back 45 points')).toBeVisible();
  await expect(page.getByText('75 points', { exact: true })).toBeVisible();
  await fits(page, 320);
  await accessible(page);

  await giveBack({});
  await page.goto(`/p/${slug}/activity/${bought.id}`);
  await awake(page);
  await expect(page.getByText('Everything was returned.')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Returns' })).toBeVisible();
  await expect(page.getByText('−120 points', { exact: true })).toBeVisible();
  await fits(page, 320);
  await accessible(page);
});

test('the card has a code that the till can read', async ({ page }) => {
  const { slug } = stage().merchant;
  const email = freshEmail();
  await customerSignsIn(page, slug, email);
  await page.getByRole('link', { name: 'Card', exact: true }).click();
  const code = page.getByRole('img', { name: 'QR code of your card' });
  await expect(code).toBeVisible();
  await expect(page.getByText(email)).toBeVisible();
  await fits(page, 320);
  await accessible(page);
});

test('a receipt without a name is claimed once', async ({ page }) => {
  const { slug } = stage().merchant;
  const unclaimed = await Api.own().purchase(4_200);
  expect(unclaimed).toMatchObject({ status: 'unclaimed', points_earned: 0, points_claimable: 420 });
  const email = freshEmail();
  await customerSignsIn(page, slug, email);

  await page.goto(`/p/${slug}/claim`);
  await awake(page);
  await fits(page, 320);
  await accessible(page);
  await page.getByLabel('Code on the receipt').fill(unclaimed.claim_code ?? '');
  await page.getByRole('button', { name: 'Claim the points' }).click();
  await expect(page.getByText(/420 .*yours/)).toBeVisible();
  await accessible(page);
  await page.goto(`/p/${slug}`);
  await expect(page.locator('.hero')).toContainText('420');
});

test('the link on a receipt opens the claim with its code', async ({ page }) => {
  const { slug } = stage().merchant;
  const unclaimed = await Api.own().purchase(2_100);
  const email = freshEmail();
  // Whoever scans it is rarely signed in.
  await page.goto(`/p/${slug}/claim?code=${unclaimed.claim_code}`);
  await page.getByLabel('E-mail').fill(email);
  await page.getByRole('button', { name: 'Send the code' }).click();
  await expect(page.getByRole('heading', { name: 'Type the code we sent' })).toBeVisible();
  await page.getByLabel('Code').fill(await codeFor(page, email));
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page.getByLabel('Code on the receipt')).toHaveValue(unclaimed.claim_code ?? 'none');
  await awake(page);
  await expect(page.getByLabel('Code on the receipt')).toHaveValue(unclaimed.claim_code ?? 'none');
  await accessible(page);
  await page.getByRole('button', { name: 'Claim the points' }).click();
  await expect(page.getByText(/210 .*yours/)).toBeVisible();
});

test.describe('a code that is none', () => {
  // The browser notes the status 422 of the page that says what is wrong.
  test.use({ expectedComplaints: [/status of 4(04|09|22)/] });

  test('is refused, and stays to be mended', async ({ page }) => {
    const { slug } = stage().merchant;
    await customerSignsIn(page, slug, freshEmail());
    await page.goto(`/p/${slug}/claim`);
    await page.getByLabel('Code on the receipt').fill('not a code');
    await page.getByRole('button', { name: 'Claim the points' }).click();
    await expect(page.getByLabel('Code on the receipt')).toHaveValue('not a code');
    await expect(page.getByLabel('Code on the receipt')).toHaveAttribute('aria-invalid', 'true');
    await accessible(page);
  });

  test('does not sign anybody in', async ({ page }) => {
    const { slug } = stage().merchant;
    await page.goto(`/p/${slug}/sign-in`);
    await fits(page, 320);
    await accessible(page);
    await page.getByLabel('E-mail').fill(freshEmail());
    await page.getByRole('button', { name: 'Send the code' }).click();
    await fits(page, 320);
    await page.getByLabel('Code').fill('000000');
    await page.getByRole('button', { name: 'Continue' }).click();
    await expect(page.getByLabel('Code')).toHaveAttribute('aria-invalid', 'true');
    await accessible(page);
    await page.goto(`/p/${slug}`);
    await expect(page).toHaveURL(/sign-in/);
  });
});

test('signing out ends the session', async ({ page }) => {
  const { slug } = stage().merchant;
  await customerSignsIn(page, slug, freshEmail());
  await page.goto(`/p/${slug}/card`);
  await page.getByRole('button', { name: 'Sign out' }).click();
  // Whoever goes elsewhere before the answer has not signed out yet.
  await expect(page).toHaveURL(/sign-in/);
  await page.goto(`/p/${slug}`);
  await expect(page).toHaveURL(/sign-in/);
});

test('months of activity turn page by page', async ({ page }) => {
  await customerSignsIn(page, demo.slug, demo.customer);
  await accessible(page);
  await page.goto(`/p/${demo.slug}/activity`);
  await awake(page);
  const first = (await page.locator('.timeline__why').first().textContent()) ?? '';
  await accessible(page);
  const older = page.getByRole('link', { name: 'Older' });
  if (await older.isVisible()) {
    await older.click();
    await expect(page).toHaveURL(/after=/);
    await expect(page.locator('.timeline__why').first()).not.toHaveText(first);
  }
});
