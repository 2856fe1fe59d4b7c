import type { Locator } from '@playwright/test';
import { Api, freshEmail } from '../support/api.ts';
import { customerSignsIn } from '../support/people.ts';
import { stage } from '../support/stage.ts';
import { accessible, awake, expect, fits, hasScripts, test } from '../support/test.ts';

test('what the customer is told appears on the open page, and is counted until it is read', async ({ page }) => {
  const { slug } = stage().merchant;
  const email = freshEmail();
  const api = Api.own();
  const { id, code } = await api.advocate('Ines Duarte', email);
  // A page hears what is told while it listens.
  const listens = hasScripts() && page.waitForResponse((answer) => answer.url().endsWith(`/p/${slug}/events`), { timeout: 120_000 });
  await customerSignsIn(page, slug, email);
  await listens;
  const bell = (name: string) => page.getByRole('link', { name, exact: true });
  // The welcome.
  await expect(bell('Notifications, 1 new')).toBeVisible();
  let loads = 0;
  page.on('load', () => (loads += 1));
  /** Something is there: by itself where scripts run, else when the page is loaded again. */
  const appears = (what: Locator) =>
    expect(async () => {
      if (!hasScripts()) await page.reload();
      await expect(what).toBeVisible({ timeout: hasScripts() ? 10_000 : 500 });
    }).toPass();
  const told = page.locator('.portal__told');
  /** It stands there for a few seconds only, and is looked for from before it comes. */
  const tells = async (text: string | RegExp) => {
    if (hasScripts()) await expect(told).toHaveText(text);
  };

  await Promise.all([
    tells('You were given 25 points'),
    api.post(`/customers/${id}/adjustments`, { points: 25, reason: 'Sorry' }),
    appears(bell('Notifications, 2 new')),
  ]);
  if (hasScripts()) {
    await fits(page, 320);
    await accessible(page);
  }
  // Without scripts the page may have been drawn while the points came: its bell has counted them, its balance not yet.
  await appears(page.locator('.hero').filter({ hasText: '25' }));
  // Nothing moves but the bell: a friend has come.
  await Promise.all([
    tells(/A friend (joined|you invited made)/),
    api.purchase(1_000, freshEmail(), { referral_code: code }),
    appears(bell('Notifications, 4 new')),
  ]);
  if (hasScripts()) {
    await expect(told, 'it goes by itself').toHaveCount(0);
    expect(loads, 'without a reload').toBe(0);
  }

  // Read on another page, which is told as it stands there.
  await bell('Notifications, 4 new').click();
  await expect(page.getByRole('heading', { level: 1, name: 'Notifications' })).toBeVisible();
  await expect(page.getByText('Welcome to Fern & Fig')).toBeVisible();
  await awake(page);
  for (const points of [7, 8]) {
    await api.post(`/customers/${id}/adjustments`, { points, reason: 'Sorry' });
    await appears(page.getByRole('listitem').filter({ hasText: `You were given ${points} points` }));
  }
  await fits(page, 320);
  await accessible(page);
  await page.getByRole('link', { name: 'Home', exact: true }).first().click();
  await expect(bell('Notifications')).toBeVisible();
});
