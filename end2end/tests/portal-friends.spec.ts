import { freshEmail } from '../support/api.ts';
import { customerSignsIn } from '../support/people.ts';
import { stage } from '../support/stage.ts';
import { accessible, awake, expect, fits, hasScripts, test } from '../support/test.ts';

test('a friend comes by the link, and the one who shared it sees so', async ({ page, browser }) => {
  const { slug } = stage().merchant;
  await customerSignsIn(page, slug, freshEmail());
  await page.getByRole('link', { name: 'Invite', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Invite a friend' })).toBeVisible();
  await expect(page).toHaveTitle(/^Invite a friend/);
  await expect(page.getByRole('img', { name: 'QR code of your link' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'WhatsApp' })).toHaveAttribute('href', /^https:\/\/wa\.me\//);
  // What needs scripts is there only where they run.
  if (!hasScripts()) await expect(page.getByRole('button', { name: 'Copy link' })).toBeHidden();
  await fits(page, 320);
  await accessible(page);

  const link = await page.locator('a.invite__address').getAttribute('href');
  const context = await browser.newContext({ javaScriptEnabled: hasScripts() });
  const friend = await context.newPage();
  await friend.goto(new URL(link ?? '', page.url()).pathname);
  await expect(friend.getByText(/A friend invites you/)).toBeVisible();
  await context.close();
});

test('notifications are one tap away', async ({ page }) => {
  const { slug } = stage().merchant;
  await customerSignsIn(page, slug, freshEmail());
  await page.getByRole('link', { name: /^Notifications/ }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Notifications' })).toBeVisible();
  await fits(page, 320);
  await accessible(page);
  await page.goto(`/p/${slug}/notifications`);
  await awake(page);
  await accessible(page);
});
