import { randomUUID } from 'node:crypto';
import { Api, freshEmail } from '../support/api.ts';
import { customerSignsIn, staffSignsIn } from '../support/people.ts';
import { stage } from '../support/stage.ts';
import { accessible, awake, expect, fits, test } from '../support/test.ts';

test('a leaderboard is opened, and a customer is on it or not', async ({ page, browser }) => {
  test.slow();
  const { slug } = stage().merchant;
  const email = freshEmail();
  const first = `Olga${randomUUID().slice(0, 6).replaceAll(/\d/g, 'x')}`;
  await Api.own().post('/customers', { email, name: `${first} Petrova` });
  await Api.own().purchase(90_000_000, email);

  await staffSignsIn(page);
  await page.goto('/dashboard/leaderboard?period=ever');
  await awake(page);
  // Another journey may have opened it.
  const open = page.getByRole('button', { name: 'Open the leaderboard' });
  if (await open.isVisible()) {
    await accessible(page);
    await open.click();
    await expect(page.getByText('Open. Everything bought so far counts')).toBeVisible();
  }
  const listed = page.getByRole('table', { name: /Who earned most/ });
  await expect(async () => {
    await page.goto('/dashboard/leaderboard?period=ever');
    await expect(listed.getByRole('link', { name: `${first} P.` })).toBeVisible({ timeout: 500 });
  }).toPass();
  await awake(page);
  await expect(listed.getByRole('row').filter({ hasText: first })).toContainText('9,000,000');
  await fits(page, 320);
  await accessible(page);

  const context = await browser.newContext({ javaScriptEnabled: test.info().project.use.javaScriptEnabled !== false });
  const portal = await context.newPage();
  await customerSignsIn(portal, slug, email);
  await portal.getByRole('link', { name: /^Leaderboard/ }).click();
  await expect(portal.getByRole('heading', { level: 1, name: 'Leaderboard' })).toBeVisible();
  for (const period of ['This week', 'This month', 'Ever']) {
    await portal.getByRole('link', { name: period, exact: true }).click();
    await expect(portal.getByText(/You are number \d+ of/)).toBeVisible();
    await expect(portal.getByRole('listitem').filter({ hasText: 'You' }).filter({ hasText: '9,000,000' })).toBeVisible();
  }
  await fits(portal, 320);
  await accessible(portal);
  await portal.getByRole('button', { name: 'Do not show me here' }).click();
  await expect(portal.getByRole('heading', { name: 'You are not on it' })).toBeVisible();
  await accessible(portal);
  await page.goto('/dashboard/leaderboard?period=ever');
  await expect(page.getByRole('heading', { name: 'Standing' })).toBeVisible();
  await expect(page.getByRole('link', { name: `${first} P.` })).toHaveCount(0);
  await portal.getByRole('button', { name: 'Show me here' }).click();
  await expect(portal.getByText(/You are number \d+ of/)).toBeVisible();
  await context.close();
});
