import { accessible, expect, fits, test } from '../support/test.ts';

test('the front page says what this is and leads in', async ({ page }) => {
  await page.goto('/');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Points that can say why');
  await fits(page);
  await accessible(page);
  await page.getByRole('link', { name: 'Open the dashboard' }).click();
  await expect(page).toHaveURL(/\/dashboard\/sign-in/);
});

test('the chosen appearance stays', async ({ page, context }) => {
  await page.goto('/');
  await page.getByRole('button', { name: 'Dark' }).click();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await expect(page.getByRole('button', { name: 'Dark' })).toHaveAttribute('aria-pressed', 'true');
  const again = await context.newPage();
  await again.goto('/dashboard/sign-in');
  await expect(again.locator('html')).toHaveAttribute('data-theme', 'dark');
  await again.close();
});

test.describe('addresses that lead nowhere', () => {
  // The browser notes the status 404 of the page itself.
  test.use({ expectedComplaints: [/status of 404/] });

  for (const path of ['/nothing', '/p/no-such-merchant', '/dashboard/nothing']) {
    test(path, async ({ page }) => {
      const answer = await page.goto(path);
      expect([404, 200]).toContain(answer?.status());
      if (answer?.status() === 200) await expect(page).toHaveURL(/sign-in/);
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      await accessible(page);
    });
  }
});
