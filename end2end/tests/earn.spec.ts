import { randomUUID } from 'node:crypto';
import { Api, freshEmail } from '../support/api.ts';
import { customerSignsIn } from '../support/people.ts';
import { demo, stage } from '../support/stage.ts';
import { accessible, awake, expect, fits, test } from '../support/test.ts';

test('ways to earn say what runs, until when, and what is left of it', async ({ page }) => {
  const { slug } = stage().merchant;
  const api = Api.own();
  const mark = randomUUID().slice(0, 8);
  const name = `Tea days ${mark}`;
  // Nothing in the shop has this tag: other tests earn what they did.
  const promotion = await api.post<{ id: string }>('/promotions', {
    name,
    multiplier: '2',
    products: { include: [`tag:tea-${mark}`] },
    ends_at: '2099-01-01T00:00:00',
    max_points_per_customer: { points: 500, per: 'day' },
  });
  await api.post(`/promotions/${promotion.id}/publish`, {});
  await customerSignsIn(page, slug, freshEmail());
  await page.getByRole('link', { name: /ways to earn/i }).click();
  await expect(page).toHaveURL(/\/earn$/);
  await expect(page.getByRole('heading', { level: 1, name: 'Ways to earn' })).toBeVisible();
  await awake(page);

  const offer = page.getByRole('listitem').filter({ hasText: name });
  await expect(offer).toContainText(`2× points on “tea-${mark}”.`);
  await expect(offer).toContainText('Until Dec 31, 2098');
  await expect(offer).toContainText('500 of 500 points left today');
  await expect(page.getByRole('link', { name: /A receipt without your name/ })).toBeVisible();
  await fits(page, 320);
  await accessible(page);

  await api.post(`/promotions/${promotion.id}/end`, {});
  await page.goto(`/p/${slug}/earn`);
  await expect(offer).toHaveCount(0);
});

test('the demo has many ways, on a phone as well', async ({ page }) => {
  await customerSignsIn(page, demo.slug, demo.customer);
  await awake(page);
  await fits(page, 320);
  await accessible(page);
  await page.goto(`/p/${demo.slug}/earn`);
  await awake(page);
  await expect(page.getByRole('heading', { level: 1, name: 'Ways to earn' })).toBeVisible();
  await expect(page.getByRole('link', { name: /Invite a friend/ })).toBeVisible();
  await fits(page, 320);
  await accessible(page);
});
