import type { Page } from '@playwright/test';
import { randomUUID } from 'node:crypto';
import { Api, freshEmail } from '../support/api.ts';
import { staffSignsIn } from '../support/people.ts';
import { demo, stage } from '../support/stage.ts';
import { accessible, awake, expect, fits, hasScripts, test } from '../support/test.ts';

/** Opens a page of the dashboard and waits until it answers. */
async function open(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await awake(page);
}

test.describe('a wrong password', () => {
  test.use({ expectedComplaints: [/status of (401|422)/] });

  test('is refused without saying which part was wrong', async ({ page }) => {
    await page.goto('/dashboard/sign-in');
    await accessible(page);
    await page.getByLabel('E-mail').fill(stage().merchant.owner.email);
    await page.getByLabel('Password').fill('not the password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page.getByText('That did not work.')).toBeVisible();
    await expect(page.getByLabel('E-mail')).toHaveValue(stage().merchant.owner.email);
    await accessible(page);
    await page.goto('/dashboard');
    await expect(page).toHaveURL(/sign-in/);
  });
});

// The demo merchant has two months of purchases: these are the pages as a merchant sees them.
const pages: [path: string, heading: RegExp][] = [
  ['/dashboard', /Home/],
  ['/dashboard?days=7', /Home/],
  ['/dashboard/customers', /Customers/],
  ['/dashboard/purchases', /Purchases/],
  ['/dashboard/promotions', /Promotions/],
  ['/dashboard/promotions/new', /New promotion/],
  ['/dashboard/policies', /Reward policies/],
  ['/dashboard/policies/new', /New policy/],
  ['/dashboard/rewards', /Rewards/],
  ['/dashboard/rewards/new', /New reward/],
  ['/dashboard/rewards/new?kind=money_off', /New reward/],
  ['/dashboard/redemptions', /Redemptions/],
  ['/dashboard/redemptions?state=all', /Redemptions/],
  ['/dashboard/redemptions/voucher', /Voucher/],
  ['/dashboard/referrals', /Referrals/],
  ['/dashboard/referrals?state=qualified', /Referrals/],
  ['/dashboard/leaderboard', /Leaderboard/],
  ['/dashboard/leaderboard?period=ever', /Leaderboard/],
  ['/dashboard/products', /Products/],
  ['/dashboard/products/new', /New product/],
  ['/dashboard/retailers', /Retailers/],
  ['/dashboard/retailers/new', /New retailer/],
  ['/dashboard/keys', /API keys/],
  ['/dashboard/webhooks', /Webhooks/],
  ['/dashboard/messages', /Messages/],
  ['/dashboard/messages/tier_up', /A tier is reached/],
  ['/dashboard/events', /Events in/],
  ['/dashboard/events?state=refused', /Events in/],
  ['/dashboard/requests', /Requests/],
  ['/dashboard/requests?status=refused', /Requests/],
  ['/dashboard/ledger', /Ledger check/],
  ['/dashboard/queues', /Queues/],
  ['/dashboard/settings', /Settings/],
  ['/dashboard/team', /Team/],
  ['/dashboard/account', /Your account/],
  ['/dashboard/search', /Search/],
  ['/dashboard/search?q=a', /Search/],
  ['/dashboard/more', /Menu/],
];

test('every page shows, fits and is accessible', async ({ page }) => {
  test.slow();
  await staffSignsIn(page, demo.owner);
  for (const [path, heading] of pages) {
    await test.step(path, async () => {
      await open(page, path);
      await expect(page.getByRole('heading', { level: 1 })).toHaveText(heading);
      await fits(page);
      await accessible(page);
    });
  }
});

test('lists lead to their details', async ({ page }) => {
  test.slow();
  await staffSignsIn(page, demo.owner);
  const details: [list: string, detail: RegExp][] = [
    ['/dashboard/purchases', /\/dashboard\/purchases\/[0-9a-f-]{36}/],
    ['/dashboard/customers', /\/dashboard\/customers\/[0-9a-f-]{36}/],
    ['/dashboard/promotions', /\/dashboard\/promotions\/[0-9a-f-]{36}/],
    ['/dashboard/retailers', /\/dashboard\/retailers\/[0-9a-f-]{36}/],
    ['/dashboard/products', /\/dashboard\/products\/[0-9a-f-]{36}/],
  ];
  for (const [list, detail] of details) {
    await test.step(list, async () => {
      await open(page, list);
      await page.getByRole('table').first().locator('tbody tr').first().getByRole('link').first().click();
      await expect(page).toHaveURL(detail);
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      await fits(page);
      await accessible(page);
    });
  }
});

test('a search narrows the list, turns with it and its CSV has the same rows', async ({ page }) => {
  const email = freshEmail();
  const purchase = await Api.own().purchase(1_200, email);
  await staffSignsIn(page);
  await open(page, '/dashboard/purchases');
  await page.getByRole('searchbox', { name: 'Transaction id' }).fill(purchase.transaction_id);
  await page.getByRole('button', { name: 'Apply' }).click();
  await expect(page.getByRole('table').locator('tbody tr')).toHaveCount(1);
  await expect(page.getByRole('link', { name: purchase.transaction_id })).toBeVisible();
  const href = await page.getByRole('link', { name: 'CSV' }).getAttribute('href');
  const csv = await page.request.get(href ?? '');
  expect(csv.headers()['content-type']).toContain('text/csv');
  const rows = (await csv.text()).trim().split(/\r?\n/);
  expect(rows).toHaveLength(2);
  expect(rows[1]).toContain(purchase.transaction_id);
});

test('a promotion is written, tried, published, and the next purchase earns by it', async ({ page }) => {
  test.slow();
  const sku = `bun-${randomUUID().slice(0, 8)}`;
  await Api.own().post('/products', { sku, name: 'Sticky bun', category: 'bakery', tags: [] });
  const { retailer } = stage().merchant;
  const email = freshEmail();
  const buy = () =>
    Api.own().post<{ id: string; points_earned: number }>('/purchases', {
      transaction_id: `p-${randomUUID()}`,
      retailer,
      customer: { email },
      lines: [{ product: sku, quantity: 2, unit_price: 450 }],
      currency: 'USD',
    });
  // Ten a dollar on $9.00.
  expect((await buy()).points_earned).toBe(90);

  await staffSignsIn(page);
  await open(page, '/dashboard/promotions');
  await page.getByRole('link', { name: 'New promotion' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'New promotion' })).toBeVisible();
  await awake(page);
  const name = `Buns ${sku}`;
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('How much').fill('55');
  await page.getByLabel('Of what').selectOption('flat');
  await page.getByLabel('Product, category or tag', { exact: true }).first().fill(sku);
  await page.getByLabel('Product 1, a SKU').fill(sku);
  await page.getByLabel('Amount paid for product 1').fill('9.00');
  if (!hasScripts()) await page.getByRole('button', { name: 'Try this basket' }).click();
  // 90 as before, and 55 once: computed in the browser where there are scripts, else by the server.
  const aside = page.getByRole('complementary', { name: 'Before you publish' });
  await expect(aside).toContainText('145');
  await accessible(page);

  await page.getByRole('button', { name: 'Publish version 1' }).click();
  await expect(page.getByText('Published', { exact: true })).toBeVisible();
  await expect(page.getByText('Version 1 running')).toBeVisible();
  const second = await buy();
  expect(second.points_earned).toBe(145);

  // Another version counts from now on, and the purchase before it keeps its reasons.
  await awake(page);
  await page.getByLabel('How much').fill('20');
  await page.getByRole('button', { name: 'Publish version 2' }).click();
  await expect(page.getByText('Version 2 running')).toBeVisible();
  expect((await buy()).points_earned).toBe(110);
  await accessible(page);
  await open(page, `/dashboard/purchases/${second.id}`);
  await expect(page.getByRole('heading', { name: /Why 145/ })).toBeVisible();
  await expect(page.getByText(name).first()).toBeVisible();
  await accessible(page);

  // Paused, it earns nothing.
  await open(page, '/dashboard/promotions');
  await page.getByRole('link', { name, exact: true }).click();
  await expect(page.getByText('Version 2 running')).toBeVisible();
  await page.locator('summary', { hasText: 'Pause' }).click();
  await page.getByRole('button', { name: 'Pause now' }).click();
  await expect(page.getByText(/^Paused/).first()).toBeVisible();
  expect((await buy()).points_earned).toBe(90);
});

test.describe('a sentence that cannot stand', () => {
  test.use({ expectedComplaints: [/status of 422/] });

  test('is refused with what is wrong, and what was typed stays', async ({ page }) => {
    await staffSignsIn(page);
    await open(page, '/dashboard/promotions/new');
    await page.getByLabel('Name', { exact: true }).fill('Unfinished');
    await page.getByLabel('How much').fill('ten');
    await page.getByRole('button', { name: 'Save draft' }).click();
    await awake(page);
    await expect(page.getByLabel('Name', { exact: true })).toHaveValue('Unfinished');
    await expect(page.getByLabel('How much')).toHaveValue('ten');
    await expect(page.getByLabel('How much')).toHaveAttribute('aria-invalid', 'true');
    await accessible(page);
  });
});

test('a key is made, tried, and stops when it is revoked', async ({ page }) => {
  await staffSignsIn(page);
  await open(page, '/dashboard/keys');
  const name = `Till ${randomUUID().slice(0, 8)}`;
  // There are keys already, so the form is behind its button.
  await expect(page.getByLabel('Name', { exact: true })).toBeHidden();
  await page.locator('summary', { hasText: 'New key' }).click();
  await accessible(page);
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByRole('button', { name: 'Create key' }).click();
  const fresh = page.getByRole('status', { name: 'The new key' });
  await expect(fresh).toContainText(name);
  const secret = /prn_[A-Za-z0-9]{8}_[\w-]{43}/.exec(await fresh.innerText())?.[0] ?? '';
  expect(secret).not.toBe('');
  await accessible(page);

  const email = freshEmail();
  await page.getByLabel('Amount', { exact: true }).fill('12.50');
  await page.getByLabel('Customer’s e-mail').fill(email);
  await page.getByRole('button', { name: 'Send a test purchase' }).click();
  await expect(page.getByText(/^201/)).toBeVisible();
  await accessible(page);
  await page.getByRole('link', { name: 'See why' }).click();
  await expect(page.getByRole('heading', { name: /Why 125/ })).toBeVisible();

  const ask = () =>
    fetch(`${stage().base}/api/v1/purchases?limit=1`, { headers: { authorization: `Bearer ${secret}` } });
  expect((await ask()).status).not.toBe(401);
  await open(page, '/dashboard/keys');
  const row = page.getByRole('row').filter({ hasText: name });
  await row.locator('summary').click();
  await row.getByRole('button', { name: 'Revoke the key' }).click();
  await expect(page.getByRole('row').filter({ hasText: name })).toContainText('Revoked');
  await expect.poll(async () => (await ask()).status).toBe(401);
});

test('somebody is added, signs in, and is out when removed', async ({ page, browser }) => {
  await staffSignsIn(page);
  await open(page, '/dashboard/team');
  const email = freshEmail();
  await page.getByLabel('E-mail', { exact: true }).fill(email);
  await page.getByLabel('Role', { exact: true }).selectOption('support');
  await page.getByRole('button', { name: 'Add to the team' }).click();
  const fresh = page.getByRole('status', { name: 'The first password' });
  await expect(fresh).toContainText(email);
  const password = /(?:[a-z0-9]{4}-){4}[a-z0-9]{4}/.exec(await fresh.locator('pre').innerText())?.[0] ?? '';
  expect(password).not.toBe('');
  await accessible(page);

  const context = await browser.newContext({ baseURL: stage().base, javaScriptEnabled: hasScripts() });
  const theirs = await context.newPage();
  await theirs.goto('/dashboard/sign-in');
  await theirs.getByLabel('E-mail').fill(email);
  await theirs.getByLabel('Password').fill(password);
  await theirs.getByRole('button', { name: 'Sign in' }).click();
  await expect(theirs).toHaveURL(/\/dashboard$/);

  await open(page, '/dashboard/team');
  const row = page.getByRole('row').filter({ hasText: email });
  await row.locator('summary').click();
  await accessible(page);
  await row.getByRole('button', { name: 'Remove from the team' }).click();
  await expect(page.getByRole('row').filter({ hasText: email })).toHaveCount(0);
  await theirs.goto('/dashboard/purchases');
  await expect(theirs).toHaveURL(/sign-in/);
  await context.close();
});

test('a retailer and a product are added', async ({ page }) => {
  await staffSignsIn(page);
  const code = `s-${randomUUID().slice(0, 8)}`;
  await open(page, '/dashboard/retailers/new');
  await page.getByLabel('Name', { exact: true }).fill(`Shop ${code}`);
  await page.getByLabel('Code', { exact: true }).fill(code);
  await page.getByLabel('Time zone').fill('Europe/Vienna');
  await page.getByRole('button', { name: /^(Add|Save)/ }).click();
  await expect(page.getByText('Retailer added')).toBeVisible();

  await open(page, '/dashboard/products/new');
  await page.getByLabel('Name', { exact: true }).fill(`Loaf ${code}`);
  await page.getByLabel('SKU').fill(code);
  await page.getByRole('button', { name: /^(Add|Save)/ }).click();
  await expect(page.getByText('Product added')).toBeVisible();
  await open(page, `/dashboard/products?q=${code}`);
  await expect(page.getByRole('link', { name: `Loaf ${code}` })).toBeVisible();
});

test('points are given by hand after a look at what it does', async ({ page }) => {
  const { merchant } = stage();
  const email = freshEmail();
  await new Api(stage().base, merchant.key).post('/customers', { email });
  await staffSignsIn(page, merchant.owner);
  await open(page, `/dashboard/customers?q=${encodeURIComponent(email)}`);
  await page.getByRole('link', { name: email }).click();
  await page.getByRole('link', { name: 'Adjust points' }).first().click();
  await accessible(page);
  await page.getByLabel('How many points').fill('150');
  await page.getByLabel('Reason').fill('The card was not scanned');
  await page.getByRole('button', { name: 'See what it does' }).click();
  await expect(page.getByText('+150 points: 0 before, 150 after.')).toBeVisible();
  await fits(page);
  await accessible(page);
  await page.getByRole('button', { name: 'Adjust points' }).click();
  await expect(page.getByText('It is in the customer')).toBeVisible();
  await expect(page.getByText('Adjustment')).toBeVisible();
  await page.getByRole('link', { name: 'Lots' }).click();
  await expect(page.getByText('The card was not scanned')).toBeVisible();
  await fits(page);
  await accessible(page);
});

test('a purchase is returned after a look at what it takes back', async ({ page }) => {
  const { merchant } = stage();
  const bought = await Api.own().purchase(2000, freshEmail());
  const { transaction_id: transaction, points_earned: earned } = bought;
  await staffSignsIn(page, merchant.owner);
  await open(page, `/dashboard/purchases?q=${transaction}`);
  await page.getByRole('link', { name: transaction }).click();
  await page.getByRole('link', { name: 'Return', exact: true }).click();
  await accessible(page);
  await page.getByLabel('Everything that is left').check();
  await page.getByRole('button', { name: 'See what it takes back' }).click();
  await expect(page.getByText('Nothing has happened yet.')).toBeVisible();
  await expect(page.getByText(`takes back ${earned.toLocaleString('en-US')} points`)).toBeVisible();
  await fits(page);
  await accessible(page);
  // What was not looked at is shown first.
  await page.getByLabel('Everything that is left').uncheck();
  await page.getByLabel('Or one amount for the whole purchase').fill('1.00');
  await page.getByRole('button', { name: 'Book the return' }).click();
  await expect(page.getByText('The fields have changed since the last look.')).toBeVisible();
  await page.getByLabel('Or one amount for the whole purchase').fill('');
  await page.getByLabel('Everything that is left').check();
  await page.getByRole('button', { name: 'Look again' }).click();
  await expect(page.getByText('This is what it does.')).toBeVisible();
  await page.getByRole('button', { name: 'Book the return' }).click();
  await expect(page.getByText('The return is booked')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Returns' })).toBeVisible();
  await expect(page.getByText(`Takes back ${earned.toLocaleString('en-US')} points`)).toBeVisible();
  await fits(page);
  await accessible(page);
});

test('expiry and waiting are set, and the page says what holds', async ({ page }) => {
  const { merchant } = stage();
  await staffSignsIn(page, merchant.owner);
  await open(page, '/dashboard/settings');
  await expect(page.getByLabel('Leftover fractions')).toHaveValue('false');
  await expect(page.getByText('two purchases worth half a point earn one together')).toBeVisible();
  await expect(page.getByLabel('Months', { exact: true })).toBeHidden();
  await page.getByLabel('Points expire').selectOption('after_months');
  await page.getByLabel('Months', { exact: true }).fill('24');
  // What belongs to another way is out of sight.
  await expect(page.getByLabel('Days of every year')).toBeHidden();
  // Another policy is shown first, with what it does.
  await page.getByRole('button', { name: 'Save settings' }).click();
  await expect(page.getByRole('heading', { name: 'What saving would change' })).toBeVisible();
  await expect(page.getByText('Nothing has happened yet.')).toBeVisible();
  await expect(page.getByLabel('Months', { exact: true })).toHaveValue('24');
  await fits(page, 320);
  await accessible(page);
  await awake(page);
  await page.getByRole('button', { name: 'Save settings and expiry' }).click();
  await expect(page.getByText('Settings saved')).toBeVisible();
  await expect(page.getByText('Now: Points expire after 24 months')).toBeVisible();
  await awake(page);
  await page.getByLabel('Points expire').selectOption('never');
  await page.getByRole('button', { name: 'Save settings' }).click();
  await awake(page);
  await page.getByRole('button', { name: 'Save settings and expiry' }).click();
  await expect(page.getByText('Now: Points never expire')).toBeVisible();
});

test('the queues tell how the modules keep up', async ({ page }) => {
  // Of the tests' own merchant an event may be refused meanwhile, which is a dead letter until it is mended.
  await staffSignsIn(page, demo.owner);
  await open(page, '/dashboard/queues');
  await expect(page.getByText('No dead letters')).toBeVisible();
});

test('moving between pages keeps the frame and loads no page anew', async ({ page }) => {
  test.skip(!hasScripts(), 'without scripts every page is loaded');
  await staffSignsIn(page, demo.owner);
  let loads = 0;
  page.on('load', () => (loads += 1));
  await page.getByRole('link', { name: 'Purchases', exact: true }).filter({ visible: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Purchases' })).toBeVisible();
  await page.getByRole('link', { name: 'Promotions', exact: true }).filter({ visible: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Promotions' })).toBeVisible();
  expect(loads).toBe(0);
});

test('signing out ends the session', async ({ page }) => {
  await staffSignsIn(page);
  await page.locator('summary[aria-label^="Your account"]').click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  // Whoever goes elsewhere before the answer has not signed out yet.
  await expect(page).toHaveURL(/sign-in/);
  await page.goto('/dashboard/purchases');
  await expect(page).toHaveURL(/sign-in/);
});

test('somebody who works elsewhere joins by the link in an e-mail', async ({ page, browser }) => {
  test.slow();
  const email = freshEmail();
  const add = async (role: string) => {
    await open(page, '/dashboard/team');
    await page.getByLabel('E-mail', { exact: true }).fill(email);
    await page.getByLabel('Role', { exact: true }).selectOption(role);
    await page.getByRole('button', { name: 'Add to the team' }).click();
  };
  await staffSignsIn(page);
  await add('support');
  const fresh = page.getByRole('status', { name: 'The first password' });
  const password = /(?:[a-z0-9]{4}-){4}[a-z0-9]{4}/.exec(await fresh.locator('pre').innerText())?.[0] ?? '';
  expect(password).not.toBe('');

  await staffSignsIn(page, demo.owner);
  await add('analyst');
  await expect(page.getByText(`${email} is invited.`)).toBeVisible();
  const row = page.getByRole('row').filter({ hasText: email });
  await expect(row).toContainText('Invited, until');
  await row.locator('summary').click();
  await expect(row.getByRole('button', { name: 'Withdraw' })).toBeVisible();
  await fits(page);
  await accessible(page);

  const context = await browser.newContext({ baseURL: stage().base, javaScriptEnabled: hasScripts() });
  const theirs = await context.newPage();
  await theirs.goto('/dev/mailbox');
  const letter = await theirs.getByRole('listitem').filter({ hasText: email }).first().innerText();
  const link = /\/dashboard\/join\/\S+/.exec(letter)?.[0] ?? '';
  expect(link).not.toBe('');
  await theirs.goto(link);
  await theirs.getByLabel('E-mail').fill(email);
  await theirs.getByLabel('Password').fill(password);
  await theirs.getByRole('button', { name: 'Sign in' }).click();
  await expect(theirs.getByRole('heading', { level: 1 })).toContainText('Join');
  await fits(theirs);
  await accessible(theirs);
  await theirs.getByLabel('New password', { exact: true }).fill('nine grey herons');
  await theirs.getByLabel('New password, again').fill('nine grey herons');
  await theirs.getByRole('button', { name: 'Join the team' }).click();
  await expect(theirs).toHaveURL(/\/dashboard$/);
  await context.close();

  await open(page, '/dashboard/team');
  await expect(row).not.toContainText('Invited');
  await row.locator('summary').click();
  await row.getByRole('button', { name: 'Remove from the team' }).click();
  await expect(row).toHaveCount(0);
});
