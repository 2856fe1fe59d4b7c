import { freshEmail } from '../support/api.ts';
import { codeFor } from '../support/people.ts';
import { stage } from '../support/stage.ts';
import { accessible, expect, fits, test } from '../support/test.ts';

test('mail that would have been sent is shown', async ({ page }) => {
  const email = freshEmail();
  await page.goto(`/p/${stage().merchant.slug}/sign-in`);
  await page.getByLabel('E-mail').fill(email);
  await page.getByRole('button', { name: 'Send the code' }).click();
  await expect(page.getByRole('heading', { name: 'Type the code we sent' })).toBeVisible();
  expect(await codeFor(page, email)).toMatch(/^\d{6}$/);
  await page.goto('/dev/mailbox');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Development mailbox');
  await fits(page);
  await accessible(page);
});
